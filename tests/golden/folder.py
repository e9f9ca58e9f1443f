"""A folder for transformers, loaded, saved and loaded again: settings, special tokens, template.

    folder.py EXPORT TEMPLATE BOS EOS

EXPORT has the special token <user>, and is of --chat-template TEMPLATE; BOS and EOS are 0 or 1, as
--bos and --eos were given.  Prints lines of the Test Anything Protocol.
"""
import sys
import tempfile

import transformers


def check(fact, holds):
    print(f"{'ok' if holds else 'not ok'} - transformers {transformers.__version__}: {fact}")


def check_model(model, how, template, bos, eos):
    text = "a , b . c ? don't"
    plain = model.encode(text, add_special_tokens=False)
    framed = [1] * bos + plain + [2] * eos
    user = model.convert_tokens_to_ids("<user>")
    check(f"{how}: pad, bos and eos are set",
          [model.pad_token_id, model.bos_token_id, model.eos_token_id] == [0, 1, 2])
    check(f"{how}: spaces are not cleaned up", model.decode(plain) == text)
    check(f"{how}: bos {bos}, eos {eos} around a text", model.encode(text) == framed)
    check(f"{how}: special tokens are not shown if so wished",
          model.decode([*framed, user], skip_special_tokens=True) == text)
    check(f"{how}: a further special token is known", user in model.all_special_ids)
    check(f"{how}: no token types", list(model(text)) == ["input_ids", "attention_mask"])
    check(f"{how}: a batch is filled up with pad",
          model(["a", "a b c d e"], padding=True)["input_ids"][0][-1] == 0)
    check(f"{how}: the template is as it was", model.chat_template == template)
    talk = [{"role": "user", "content": "lamp"}]
    check(f"{how}: the template is used", model.apply_chat_template(talk, tokenize=False)
          == "<user>lamp\n")
    check(f"{how}: and its special token",
          model.encode("<user>lamp", add_special_tokens=False)[0] == user)


def main(export, template, bos, eos):
    with open(template, newline="") as f:
        template = f.read()
    model = transformers.AutoTokenizer.from_pretrained(export)
    check_model(model, "loaded", template, int(bos), int(eos))
    with tempfile.TemporaryDirectory() as again:
        model.save_pretrained(again)
        model = transformers.AutoTokenizer.from_pretrained(again)
    check_model(model, "saved and loaded", template, int(bos), int(eos))


main(*sys.argv[1:])
