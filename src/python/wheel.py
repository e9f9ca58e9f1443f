"""Write a wheel of the module and a library: wheel.py VERSION LIBRARY FOLDER [PLATFORM].

A wheel is a zip file with a fixed layout (PEP 427), so that no package is needed to write one.
Equal contents give equal bytes.  PLATFORM is a platform tag such as macosx_11_0_arm64 or win_amd64;
without one the tag is that of this machine: for Linux the oldest C library that has all symbols
which the library needs (PEP 600 and PEP 656).
"""
import base64
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import zipfile

NAME = "bytepiece_c"
FILES = {"win": "bytepiece.dll", "mac": "libbytepiece.dylib"}


def platform_of(library):
    """The platform tag for a library that was built on this machine."""
    own = re.sub(r"[-.]", "_", sysconfig.get_platform())
    if not own.startswith("linux_"):
        return own
    machine = own[len("linux_"):]
    versions = subprocess.run(["readelf", "-W", "-d", "-V", library], check=True,
                              capture_output=True, text=True).stdout
    if "libc.musl" in versions or "[libc.so]" in versions:
        return "musllinux_1_2_" + machine
    minor = max(int(v) for v in re.findall(r"GLIBC_2\.(\d+)", versions))
    return "manylinux_2_%d_%s" % (max(minor, 17), machine)


def main(version, library, folder, platform=None):
    platform = platform or platform_of(library)
    tag = "py3-none-" + platform
    here = os.path.dirname(os.path.abspath(__file__))
    top = os.path.join(here, "..", "..")
    info = "%s-%s.dist-info/" % (NAME, version)

    def content(*path):
        with open(os.path.join(*path), "rb") as f:
            return f.read()

    module, n = re.subn(rb"(?m)^__version__ = None .*$", b'__version__ = "%s"' % version.encode(),
                        content(here, "bytepiece_c.py"))
    assert n == 1
    description = module.split(b'"""')[1]
    files = {
        NAME + "/__init__.py": module,
        NAME + "/py.typed": b"",        # the module has type hints
        NAME + "/" + FILES.get(platform[:3], "libbytepiece.so"): content(library),
        info + "LICENSE": content(top, "LICENSE"),
        info + "METADATA": b"Metadata-Version: 2.1\nName: bytepiece-c\nVersion: %s\n"
                           b"Summary: Byte-level Unigram tokenizer: train, encode, decode\n"
                           b"License: Apache-2.0\nRequires-Python: >=3.8\n"
                           b"Description-Content-Type: text/plain\n\n%s"
                           % (version.encode(), description),
        info + "WHEEL": b"Wheel-Version: 1.0\nGenerator: wheel.py\nRoot-Is-Purelib: false\n"
                        b"Tag: %s\n" % tag.encode(),
    }
    record = ""
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (name, digest, len(data))
    files[info + "RECORD"] = (record + info + "RECORD,,\n").encode()

    path = os.path.join(folder, "%s-%s-%s.whl" % (NAME, version, tag))
    with zipfile.ZipFile(path + ".new", "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if data[:4] == b"\x7fELF" else 0o644) << 16
            wheel.writestr(entry, data)
    os.replace(path + ".new", path)
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
