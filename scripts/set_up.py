"""Makes the two environments from hash-locked requirements, with uv when it is there and venv + pip otherwise."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
SITE, LAB, BENCH = ROOT / ".venv", ROOT / ".venv-lab", ROOT / ".venv-bench"
SHARED = Path("/var/tmp")
STAMP = "proofbook-stamp"
OLDEST = (3, 11)
# other environments of the lab, and the oldest Python of each
VARIANTS = {"psycopg2": OLDEST, "django6": (3, 12), "django6-psycopg2": (3, 12)}


def main() -> int:
    """Set up what is missing or out of date."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument("--checks", action="store_true", help="also the linters and type checker that .ci/run uses")
    parser.add_argument("--bench", action="store_true", help="also the tools that scripts/bench measures beside ours")
    parser.add_argument("--lab", choices=sorted(VARIANTS), help="nothing else but this other environment of the lab")
    arguments = parser.parse_args()
    (ROOT / ".proofbook").mkdir(exist_ok=True)
    try:
        with (ROOT / ".proofbook" / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if arguments.lab:
                make_variant(arguments.lab)
                return 0
            lab_python, lab_place = lab_python_and_place()
            names = ["site.txt", "checks.txt"] if arguments.checks or has(SITE, "checks") else ["site.txt"]
            make(SITE, "site and engine", names, sys.executable, ours=True)
            link(LAB, lab_place)
            make(lab_place, "lab", ["lab-django52.txt"], lab_python)
            if arguments.bench:
                make(BENCH, "tools measured beside ours", ["site.txt", "bench.txt"], sys.executable, ours=True)
    except (OSError, SetUpError) as error:
        print(f"scripts/setup: {error}", file=sys.stderr)
        return 2
    return 0


def make_variant(name: str) -> None:
    """Make another environment of the lab beside the usual one, which is left as it is."""
    oldest, variant = VARIANTS[name], LAB.with_name(f"{LAB.name}-{name}")
    if sys.version_info < oldest:
        wanted = ".".join(map(str, oldest))
        raise SetUpError(
            f"{name} wants Python {wanted}\nhint: PYTHON=/path/to/python{wanted} scripts/setup --lab {name}"
        )
    python, place = lab_python_and_place(variant, oldest)
    link(variant, place)
    make(place, f"lab, {name}", [f"lab-{name}.txt"], python)


class SetUpError(Exception):
    """What hinders the set-up, with a hint on a line of its own."""


def make(place: Path, what: str, names: list[str], python: str, *, ours: bool = False) -> None:
    """Make one environment unless its stamp says that it is current."""
    stamp, wanted = place / STAMP, stamp_text(names, python)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    began = time.monotonic()
    uv = shutil.which("uv")
    print(
        f"setting up {place.name} ({what}) with {'uv' if uv else 'venv and pip'} ...",
        file=sys.stderr,
        flush=True,
    )
    stamp.unlink(missing_ok=True)
    if uv:
        run(uv, "venv", "--quiet", "--clear", "--python", python, str(place))
        install = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            str(place / "bin" / "python"),
        ]
    else:
        run(python, "-m", "venv", "--clear", *([] if place == SITE else ["--without-pip"]), str(place))
        pip = [str(SITE / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        install = [*pip, "--python", str(place / "bin" / "python"), "install"]
    locks = [word for name in names for word in ("-r", str(LOCKS / name))]
    run(*install, "--require-hashes", *locks)
    if ours:
        run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(wanted)
    print(f"  done in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def stamp_text(names: list[str], python: str) -> str:
    """Give what an environment depends on, as one line."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for name in names:
        digest.update((LOCKS / name).read_bytes())
    marks = " ".join(name.removesuffix(".txt") for name in names)
    return f"{marks} {digest.hexdigest()[:16]} {python} {platform.python_version()}\n"


def has(place: Path, name: str) -> bool:
    """Tell whether an environment was made with these requirements, so that they are kept."""
    stamp = place / STAMP
    return stamp.exists() and name in stamp.read_text().split()


def run(*command: str) -> None:
    """Run one command of the set-up; its output is shown only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        hint = ""
        if "ensurepip" in done.stdout:
            hint = "\nhint: this Python comes without venv; install its venv package (Debian: python3-venv), or uv"
        raise SetUpError(f"`{' '.join(command[:4])} ...` ended with {done.returncode}:\n{done.stdout.strip()}{hint}")


def lab_python_and_place(name: Path = LAB, oldest: tuple[int, int] = OLDEST) -> tuple[str, Path]:
    """Give a lab's interpreter and folder: both within reach of the unprivileged user when started as root."""
    if os.geteuid() != 0:
        return sys.executable, name
    key = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    place = name
    if not within_reach(ROOT):
        place = claimed(SHARED / f"proofbook-{name.name.removeprefix('.venv-')}-{key}")
    known = [
        sys.executable,
        *(
            f"{folder}/python3{minor}"
            for folder in ("/usr/local/bin", "/usr/bin")
            for minor in (".13", ".12", ".11", "")
        ),
    ]
    for python in known:
        if runs_unprivileged(python, oldest):
            return python, place
    return copied_interpreter(), place


def claimed(place: Path) -> Path:
    """Make a folder among those of others, or see that it is our own: what lies in it is run as root."""
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
        # whatever the umask: the unprivileged user must be able to enter
        place.chmod(0o755)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise SetUpError(
            f"{place} is no folder that only its owner, you, may write\n"
            "hint: look who made it, and remove it: what lies in it would be run as you"
        )
    return place


def within_reach(path: Path) -> bool:
    """Tell whether anybody may enter a folder and all those above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def runs_unprivileged(python: str, oldest: tuple[int, int] = OLDEST) -> bool:
    """Tell whether the unprivileged user can run this interpreter, and it is new enough."""
    if not Path(python).exists():
        return False
    nobody = pwd.getpwnam("nobody")
    code = f"import sys, venv; sys.exit(sys.version_info < {oldest})"
    try:
        done = subprocess.run(
            [python, "-c", code],
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return done.returncode == 0


def copied_interpreter() -> str:
    """Copy the running interpreter to where the unprivileged user can run it, and give the copy."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = claimed(SHARED / f"proofbook-{version}-{hashlib.sha256(str(base).encode()).hexdigest()[:8]}")
    python = target / "bin" / version
    if not python.exists():
        print(f"copying {base} to {target}, within reach of the unprivileged user ...", file=sys.stderr)
        ignore = shutil.ignore_patterns("test", "site-packages", "__pycache__", "idlelib", "tkinter", "*.a")
        shutil.copytree(
            base / "lib" / version, target / "lib" / version, ignore=ignore, symlinks=True, dirs_exist_ok=True
        )
        for library in (base / "lib").glob("libpython*.so*"):
            shutil.copy2(library, target / "lib" / library.name)
        python.parent.mkdir(exist_ok=True)
        shutil.copy2(base / "bin" / version, python)
    if not runs_unprivileged(str(python)):
        needs = (
            f" (built with a shared library: {sysconfig.get_config_var('LDLIBRARY')})"
            if sysconfig.get_config_var("Py_ENABLE_SHARED")
            else ""
        )
        raise SetUpError(
            f"{base}: started as root, and no Python 3.11 or newer can be run by the unprivileged user{needs}\n"
            "hint: install a Python for all users (Debian: python3), or start as an ordinary user"
        )
    return str(python)


def link(name: Path, place: Path) -> None:
    """Make the checkout's .venv-lab lead to where the lab's environment is."""
    if place == name:
        if name.is_symlink():
            name.unlink()
        return
    if name.is_symlink() and name.readlink() == place:
        return
    if name.is_symlink():
        name.unlink()
    elif name.exists():
        shutil.rmtree(name)
    name.symlink_to(place)


if __name__ == "__main__":
    sys.exit(main())
