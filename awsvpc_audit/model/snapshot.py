"""The snapshot: AWS's answers as they were read, on disk or in memory.

A snapshot is a directory, or the same tree in one `.zip`: `manifest.json` and
`<account>/<region>/<service>.<Operation>.json`, each file one merged API response as boto3 returns it. People may make
one with the AWS CLI alone; then there is no manifest and the folders say the scopes. An absent file means *not known*.
"""

import codecs
import contextlib
import lzma
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from awsvpc_audit.errors import SnapshotError
from awsvpc_audit.model.credentials import without_credentials
from awsvpc_audit.model.gaps import Missing

SCHEMA_VERSION = "1"
MANIFEST = "manifest.json"
GLOBAL = "global"
MAX_FILES = 100_000
MAX_FILE_BYTES = 1024**3
"""Of one file: 50,000 tasks take some 200 MB."""
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_RATIO = 200
"""How many times smaller a large member of a zip may be: answers of AWS shrink to a thirtieth, a zip bomb to a
thousandth."""
_SMALL_BYTES = 32 * 1024**2

_ACCOUNT = re.compile(r"[0-9]{12}|unknown")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_STEM = re.compile(r"[a-z0-9-]+\.[A-Za-z0-9]+")


class ManifestScope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account and Region of a snapshot, and what could not be read of it."""

    account: str
    region: str
    clusters: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    services: tuple[str, ...] = ()
    """Names of the only services that were asked for; empty where all were."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json`."""

    schema_version: str = SCHEMA_VERSION
    created_at: datetime | None = None
    tool_version: str | None = None
    scopes: tuple[ManifestScope, ...] = ()


@dataclass(slots=True, kw_only=True)
class ScopeSnapshot:
    """The answers of one account and Region, as JSON bytes by file stem (`ec2.DescribeSubnets`).

    The answers of global services (IAM, Route 53) are among them; on disk they lie under `<account>/global/`.
    """

    account: str
    region: str
    responses: dict[str, bytes] = field(default_factory=dict)
    global_responses: dict[str, bytes] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    clusters: tuple[str, ...] = ()
    where: str = ""
    """Where it was read from, for messages: a path, or empty for a live account."""

    def file_name(self, stem: str) -> str:
        """The file that holds an answer, for messages."""
        folder = GLOBAL if stem in self.global_responses else self.region
        return f"{self.where}{self.account}/{folder}/{stem}.json"


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """Answers of one or more accounts and Regions."""

    scopes: tuple[ScopeSnapshot, ...] = ()
    created_at: datetime | None = None
    tool_version: str | None = None

    def manifest(self) -> Manifest:
        """What `manifest.json` says of this snapshot."""
        return Manifest(
            created_at=self.created_at,
            tool_version=self.tool_version,
            scopes=tuple(
                ManifestScope(account=s.account, region=s.region, clusters=s.clusters, missing=s.missing)
                for s in self.scopes
            ),
        )

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the tree: its path relative to the root, and its content. None holds a credential in a text."""
        for path, content in self._files():
            yield path, without_credentials(content)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        yield MANIFEST, msgspec.json.format(msgspec.json.encode(self.manifest()), indent=2)
        shared: dict[str, list[bytes]] = {}
        for scope in self.scopes:
            for stem, content in sorted(scope.responses.items()):
                yield f"{scope.account}/{scope.region}/{stem}.json", content
            for stem, content in sorted(scope.global_responses.items()):
                shared.setdefault(f"{scope.account}/{GLOBAL}/{stem}.json", []).append(content)
        for path, contents in sorted(shared.items()):
            yield path, contents[0] if len(contents) == 1 else _merged(contents)


def _merged(contents: list[bytes]) -> bytes:
    """One response out of several of the same operation: the lists joined, equal entries once."""
    merged: dict[str, Any] = {}
    for content in contents:
        for key, value in msgspec.json.decode(content).items():
            if isinstance(value, list):
                known = merged.setdefault(key, [])
                known.extend(entry for entry in value if entry not in known)
            else:
                merged.setdefault(key, value)
    return msgspec.json.encode(merged)


def save(snapshot: Snapshot, target: Path) -> None:
    """Write a snapshot as a directory, or as a zip file where `target` ends in `.zip`.

    The tree appears whole or not at all. An older snapshot at `target` is replaced; anything else there is left alone.

    Raises:
        SnapshotError: `target` exists and is no snapshot, or cannot be written.
    """
    try:
        if target.suffix == ".zip":
            _save_zip(snapshot, target)
        else:
            _save_directory(snapshot, target)
    except OSError as error:
        raise SnapshotError(f"cannot write the snapshot to {target}: {error.strerror or error}") from error


def _save_zip(snapshot: Snapshot, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in snapshot.files():
                # A fixed date: the same answers give the same bytes.
                archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _save_directory(snapshot: Snapshot, target: Path) -> None:
    if target.exists():
        if not target.is_dir():
            raise SnapshotError(f"cannot write the snapshot: {target} exists and is no directory")
        if any(target.iterdir()) and not (target / MANIFEST).is_file():
            raise SnapshotError(
                f"cannot write the snapshot: {target} is not empty and holds no snapshot; name another directory"
            )
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for path, content in snapshot.files():
            file = temporary / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        temporary.chmod(0o755)
        if target.exists():
            _exchange(temporary, target)
        else:
            temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _exchange(new: Path, target: Path) -> None:
    """Put a directory in the place of another. Whatever interrupts it, one of both is there."""
    outgoing = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        target.rename(outgoing / "old")
        new.rename(target)
    finally:
        if not target.exists():
            (outgoing / "old").rename(target)
        shutil.rmtree(outgoing, ignore_errors=True)


def load(source: Path) -> Snapshot:
    """Read a snapshot from a directory or a zip file.

    Contents are decoded later, when the model needs them; the manifest is decoded here.

    Raises:
        SnapshotError: no such path, no snapshot in it, a manifest that is none; or what no snapshot has: names or
            links that lead out of it, two files of one name, more or larger files than any account gives.
    """
    try:
        if source.is_dir():
            root = source.resolve()
            files = {path.relative_to(source).as_posix(): path for path in _json_files(source)}
            _require_few(len(files), source)
            return _assemble(str(source) + "/", files, lambda path: _read_file(path, root))
        if not source.exists():
            raise SnapshotError(f"no snapshot at {source}: no such file or directory")
        if not source.is_file():
            # To open a pipe would wait for somebody to write.
            raise SnapshotError(f"{source}: neither a snapshot directory nor a zip file (a device, pipe or socket)")
        with zipfile.ZipFile(source) as archive:
            members = _members(archive, source)
            return _assemble(f"{source}!", members, lambda info: _read_member(archive, info, source))
    except _BROKEN_ZIP as error:
        raise SnapshotError(f"{source}: neither a snapshot directory nor a zip file ({error})") from error
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else source
        raise SnapshotError(f"{place}: cannot be read: {error.strerror or error}") from error


_BROKEN_ZIP = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, lzma.LZMAError, zlib.error)
"""What Python's `zipfile` raises for archives that are damaged, encrypted, or packed in ways it does not know."""


def _as_utf8(content: bytes) -> bytes:
    """A file as PowerShell redirects the AWS CLI's output (UTF-16, or UTF-8 with a mark), as plain UTF-8."""
    if content.startswith(codecs.BOM_UTF8):
        return content.removeprefix(codecs.BOM_UTF8)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("utf-16").encode()
    return content


def _require_few(files: int, where: object) -> None:
    if files > MAX_FILES:
        raise SnapshotError(f"{where}: more than {MAX_FILES:,} files; not a snapshot")


def _json_files(root: Path) -> Iterator[Path]:
    """The JSON files of a snapshot in a directory, or in one folder of it: nothing else there is looked through."""
    yield from _json_in(root)
    for folder in _folders(root):
        if _ACCOUNT.fullmatch(folder.name):
            yield from _answers_in(folder)
        else:
            yield from _json_in(folder)
            for account in _folders(folder):
                if _ACCOUNT.fullmatch(account.name):
                    yield from _answers_in(account)


def _answers_in(account: Path) -> Iterator[Path]:
    for region in _folders(account):
        yield from _json_in(region)


def _json_in(folder: Path) -> list[Path]:
    # Not by `glob`, which finds nothing in a folder that must not be read, and does not say so.
    return sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())


def _read_file(path: Path, root: Path) -> bytes:
    resolved = path.resolve(strict=True)
    if not resolved.is_relative_to(root):
        raise SnapshotError(f"{path}: a link that leads out of the snapshot, to {resolved}")
    if not resolved.is_file():
        raise SnapshotError(f"{path}: not a file")
    if resolved.stat().st_size > MAX_FILE_BYTES:
        raise SnapshotError(f"{path}: larger than {MAX_FILE_BYTES >> 30} GiB; not a file of a snapshot")
    return resolved.read_bytes()


def _members(archive: zipfile.ZipFile, source: Path) -> dict[str, zipfile.ZipInfo]:
    """The JSON files of an archive by their path in it, if it keeps within the limits. Nothing is unpacked yet."""
    listed = archive.infolist()
    _require_few(len(listed), source)
    members: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in listed:
        name = info.filename.replace("\\", "/")
        where = f"{source}!{info.filename}"
        if name.startswith("/") or ".." in PurePosixPath(name).parts or _DRIVE.match(name):
            raise SnapshotError(f"{where}: a name that leads out of the snapshot")
        if not name.endswith(".json"):
            continue
        if name in members:
            raise SnapshotError(f"{where}: stands twice in the archive")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise SnapshotError(f"{where}: a link, and no file")
        if info.file_size > MAX_FILE_BYTES:
            raise SnapshotError(f"{where}: larger than {MAX_FILE_BYTES >> 30} GiB; not a file of a snapshot")
        if info.file_size > _SMALL_BYTES and info.file_size > MAX_RATIO * info.compress_size:
            raise SnapshotError(f"{where}: unpacks to more than {MAX_RATIO} times its size; not a file of a snapshot")
        total += info.file_size
        if total > MAX_TOTAL_BYTES:
            raise SnapshotError(f"{source}: unpacks to more than {MAX_TOTAL_BYTES >> 30} GiB; not a snapshot")
        members[name] = info
    return members


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Path) -> bytes:
    try:
        return archive.read(info)
    except (*_BROKEN_ZIP, OSError) as error:
        raise SnapshotError(f"{source}!{info.filename}: cannot be unpacked ({error})") from error


def _assemble(where: str, files: dict[str, Any], read: Callable[[Any], bytes]) -> Snapshot:
    files = _below_one_root(files)
    manifest = _decode_manifest(where, _as_utf8(read(files[MANIFEST]))) if MANIFEST in files else None
    regional: dict[tuple[str, str], dict[str, bytes]] = {}
    shared: dict[str, dict[str, bytes]] = {}
    for path, handle in files.items():
        parts = PurePosixPath(path).parts
        if len(parts) != 3 or not _ACCOUNT.fullmatch(parts[0]) or not _REGION.fullmatch(parts[1]):
            continue
        account, region, name = parts
        stem = name.removesuffix(".json")
        if not _STEM.fullmatch(stem):
            continue
        folder = shared.setdefault(account, {}) if region == GLOBAL else regional.setdefault((account, region), {})
        folder[stem] = _as_utf8(read(handle))
    declared = {(s.account, s.region): s for s in manifest.scopes} if manifest else {}
    keys = sorted(set(regional) | set(declared))
    if not keys:
        raise SnapshotError(
            f"{where.rstrip('/!')}: no snapshot in it: "
            f"expected {MANIFEST} or <account>/<region>/<service>.<Operation>.json"
        )
    return Snapshot(
        created_at=manifest.created_at if manifest else None,
        tool_version=manifest.tool_version if manifest else None,
        scopes=tuple(
            ScopeSnapshot(
                account=account,
                region=region,
                responses=regional.get((account, region), {}),
                global_responses=shared.get(account, {}),
                missing=declared[account, region].missing if (account, region) in declared else (),
                clusters=declared[account, region].clusters if (account, region) in declared else (),
                where=where,
            )
            for account, region in keys
        ),
    )


def _below_one_root(files: dict[str, Any]) -> dict[str, Any]:
    """A zip of a folder holds the folder itself: take it off where everything lies below it.

    What archivers add of their own (`__MACOSX`, dot files) does not count.
    """
    if MANIFEST in files:
        return files
    files = {path: handle for path, handle in files.items() if not path.startswith(("__MACOSX/", "."))}
    roots = {PurePosixPath(path).parts[0] for path in files}
    if len(roots) == 1 and not _ACCOUNT.fullmatch(root := roots.pop()):
        return {path.removeprefix(f"{root}/"): handle for path, handle in files.items()}
    return files


def _decode_manifest(where: str, content: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(without_credentials(content), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{where}{MANIFEST}: {error}") from error
    if manifest.schema_version != SCHEMA_VERSION:
        raise SnapshotError(
            f"{where}{MANIFEST}: schema_version {manifest.schema_version!r} is not {SCHEMA_VERSION!r}; "
            "the snapshot was made by another version of awsvpc-audit"
        )
    seen: set[tuple[str, str]] = set()
    for number, scope in enumerate(manifest.scopes):
        place = f"{where}{MANIFEST}: $.scopes[{number}]"
        if not _ACCOUNT.fullmatch(scope.account):
            raise SnapshotError(f"{place}.account: {scope.account!r} is no account id of twelve digits")
        if not _REGION.fullmatch(scope.region) or scope.region == GLOBAL:
            raise SnapshotError(f"{place}.region: {scope.region!r} is no Region")
        if (scope.account, scope.region) in seen:
            raise SnapshotError(f"{place}: {scope.region} of {scope.account} stands twice in it")
        seen.add((scope.account, scope.region))
    return manifest


def encode(payload: dict[str, Any]) -> bytes:
    """One response as the bytes of its file: datetimes in RFC 3339, bytes as base64."""
    return msgspec.json.encode(payload)


@contextlib.contextmanager
def decoding(file_name: str) -> Iterator[None]:
    """Turn a decoding error into a `SnapshotError` that names the file and the field.

    Raises:
        SnapshotError: in place of msgspec's own error.
    """
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError(f"{file_name}: {error}") from error
