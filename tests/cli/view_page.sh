# The page of view -f html in a browser: it shows, switches, explains, and runs nothing of the text.
. tests/cli/lib.sh

browser=${BROWSER_FOR_TESTS-}
for b in chromium chromium-browser google-chrome chrome; do
	[ -n "$browser" ] || browser=$(command -v $b)
done
if [ -z "$browser" ]; then
	skip "the page in a browser" "no Chromium is found"
	finish
fi
# A user's data are kept out, and not every place allows the browser its own sandbox.
in_browser()
{
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--no-first-run --user-data-dir="$T/profile" --enable-logging=stderr "$@" 2>"$T/log"
}
if ! in_browser --dump-dom 'data:text/html,<p>started' | grep -q started; then
	skip "the page in a browser" "the browser does not start"
	finish
fi

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'
	piece 900 "$(printf '\327\251\327\234')"; } | model >m
name='<img src=x onerror=hit(1)>'
{
	printf '</script><script>hit(2)</script>\n<img src=x onerror=hit(3)>"\047&lt;<!--<b>\n'
	printf 'nul \000 \342\200\250\342\200\256evil \377\355\240\200\033\\u003c\n\n'
	printf 'then the \344\270\255\n\327\251\327\234\327\225\327\235 abc\n'
} >"$name"
yes 'then the other the' | head -n 50 >many
run view -f html --seed 18446744073709551615 --sample 0 -m m "$name" many --max-texts 40
check "the page is written" [ "$status" = 0 ]
check "the page takes what was not shown into account" like '"leftOut":"[0-9a-f]+"' "$T/out"

# What happens is written down at the end of the document, a line each.
{
	awk '/^<style>$/ {
		print "<script>var hits = []; function hit(n) { hits.push(n) }"
		print "window.onerror = (e) => hits.push(e); window.alert = hit</script>"
	} 1' "$T/out"
	cat <<'END'
<pre id="facts"></pre><script>
const facts = [], fact = (name, holds) => facts.push((holds ? 'ok' : 'not ok') + ' - ' + name);
const all = (s) => [...document.querySelectorAll(s)], rows = () => all('tbody tr:has(td)');
const text = () => rows().map((r) => [...r.querySelectorAll('.p')].map((p) => p.dataset.id));
const foot = () => document.querySelector('#piece').textContent;
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const hex = (ids) => ids.map((i) => JSON.parse(document.querySelector('#data').textContent)
  .pieces[i][0]).join('');
const best = text(), inputs = all('input');
fact('40 texts are shown', best.length === 40);
fact('nothing of the text has become an element', all('img, b, main script, a, iframe').length === 0);
fact('the first row is the text, to the letter',
  rows()[0].querySelector('.text').textContent === '</' + 'script><script>hit(2)</' + 'script>');
fact('what cannot be seen is named', rows()[2].textContent.includes('U+0000') &&
  rows()[2].textContent.includes('xFF') && rows()[2].textContent.includes('U+001B'));
fact('an empty line is said to be one', rows()[3].textContent.endsWith('empty'));
fact('the name of the file is text', all('th.file')[0].textContent === '<img src=x onerror=hit(1)>');
fact('there is a heading for each file', all('th.file').length === 2);
fact('bytes, tokens, bytes per token', [...rows()[4].cells].slice(0, 4)
  .map((c) => c.textContent).join() === '5,12,7,1.71');
fact('left out is said', !document.querySelector('#left-out').hidden &&
  document.querySelector('#left-out').textContent.includes('first 40 texts'));
fact('a line from right to left goes so', getComputedStyle(rows()[5].querySelector('.text'))
  .direction === 'rtl');
fact('eight ways, the first one chosen', inputs.length === 8 && inputs[0].checked);
fact('seeds go on from the largest to 0', all('label').slice(5).map((l) => l.textContent).join() ===
  '18446744073709551615,0,1');
fact('before: what to do', foot().startsWith('Point at'));
for (let i = 1; i < 8; i++) {
  inputs[i].click();
  const other = text();
  fact('way ' + i + ' is another one', String(other) !== String(best));
  fact('way ' + i + ' is of the same text', other.every((r, k) => r.length === 0 ?
    rows()[k].textContent.includes('cannot') || best[k].length === 0 : hex(r) === hex(best[k])) &&
    other.filter((r) => r.length > 0).length > 30);
  fact('way ' + i + ': what differs is marked', all('.new').length > 0);
}
inputs[0].click();
fact('and back to the best', String(text()) === String(best) && all('.new').length === 0);
fact('one piece can be reached by Tab', all('.p[tabindex="0"]').length === 1);
const the = rows()[4].querySelectorAll('.p');
the[0].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
fact('pointing: piece, id, bytes, count, log-probability', ['the', '261', '74 68 65', '900']
  .every((s) => foot().includes(s)) && /log-probability-[0-9.]+/.test(foot()));
the[4].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
fact('pointing at a part of a character: which one', foot().includes('U+4E2D'));
the[0].focus();
fact('focus shows a piece too', foot().includes('74 68 65'));
press('ArrowRight');
fact('the right arrow goes on', document.activeElement === the[1] && foot().includes('6E'));
press('End');
fact('End goes to the end of the row', document.activeElement === the[the.length - 1]);
press('ArrowRight');
fact('from there on to the next row', rows()[5].contains(document.activeElement));
press('ArrowLeft');
fact('in it, left is on', document.activeElement === rows()[5].querySelectorAll('.p')[1]);
press('ArrowUp');
fact('the up arrow goes to the row above', document.activeElement === the[1]);
fact('still one piece can be reached by Tab', all('.p[tabindex="0"]').length === 1);
fact('colours differ', getComputedStyle(the[0]).backgroundColor !==
  getComputedStyle(the[1]).backgroundColor);
fact('borders tell pieces apart too', getComputedStyle(the[1]).borderLeftWidth === '1px');
fact('no script of the text has run, and none has failed', hits.length === 0);
fact('nothing was fetched', performance.getEntriesByType('resource').length === 0);
document.querySelector('#facts').textContent = '\n' + facts.join('\n') + '\n';
</script>
END
} >page.html
in_browser --dump-dom "file://$T/w/page.html" >dom
sed -n 's/^\(not \)\{0,1\}ok - .*/&/p' dom | sed 's/&amp;/\&/g' >facts
while IFS= read -r line; do
	case $line in
	ok*) ok "page: ${line#ok - }" ;;
	*) not_ok "page: ${line#not ok - }" ;;
	esac
done <facts
check "page: all of it ran" [ "$(wc -l <facts)" = 49 ]
grep CONSOLE "$T/log" >console
check "page: nothing on the console" is_empty console

# A line too long for one paragraph, which browsers take minutes for.
yes 'then the other the' | head -n 4000 | tr '\n' ' ' >long
"$BP" view -f html --nbest 1 --samples 0 -m m long >long.html
in_browser --dump-dom "file://$T/w/long.html" >dom
check "a long line is shown in parts" [ "$(grep -o '<div class="part"' dom | wc -l)" -gt 10 ]
check "all of its bytes" like '<td class="wide">76,000</td>' dom
finish
