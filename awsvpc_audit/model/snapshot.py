"""The snapshot: AWS's answers as they were read, on disk or in memory.

A snapshot is a directory, or the same tree in one `.zip`: `manifest.json` and
`<account>/<region>/<service>.<Operation>.json`, each file one merged API response as boto3 returns it. People may make
one with the AWS CLI alone; then there is no manifest and the folders say the scopes. An absent file means *not known*.
"""

import codecs
import contextlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from awsvpc_audit.errors import SnapshotError
from awsvpc_audit.model.gaps import Missing

SCHEMA_VERSION = "1"
MANIFEST = "manifest.json"
GLOBAL = "global"
MAX_FILE_BYTES = 2 * 1024**3
"""A member of a snapshot larger than this is refused: no account's answer comes near it, a zip bomb does."""
MAX_TOTAL_BYTES = 8 * 1024**3

_ACCOUNT = re.compile(r"\d{12}|unknown")
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
        """Every file of the tree: its path relative to the root, and its content."""
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
            outgoing = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)) / "old"
            target.rename(outgoing)
            temporary.rename(target)
            shutil.rmtree(outgoing.parent)
        else:
            temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def load(source: Path) -> Snapshot:
    """Read a snapshot from a directory or a zip file.

    Contents are decoded later, when the model needs them; the manifest is decoded here.

    Raises:
        SnapshotError: no such path, no snapshot in it, or a manifest that is no manifest.
    """
    try:
        if source.is_dir():
            files = {path.relative_to(source).as_posix(): path for path in sorted(source.rglob("*.json"))}
            return _assemble(str(source) + "/", files, _read_file)
        if not source.exists():
            raise SnapshotError(f"no snapshot at {source}: no such file or directory")
        with zipfile.ZipFile(source) as archive:
            members = {info.filename: info for info in archive.infolist() if info.filename.endswith(".json")}
            if sum(info.file_size for info in members.values()) > MAX_TOTAL_BYTES:
                raise SnapshotError(
                    f"{source}: unpacks to more than {MAX_TOTAL_BYTES >> 30} GiB; not a snapshot of ours"
                )
            return _assemble(f"{source}!", members, lambda info: _read_member(archive, info, source))
    except zipfile.BadZipFile as error:
        raise SnapshotError(f"{source}: neither a snapshot directory nor a zip file ({error})") from error
    except OSError as error:
        raise SnapshotError(f"{source}: cannot be read: {error.strerror or error}") from error


def _as_utf8(content: bytes) -> bytes:
    """A file as PowerShell redirects the AWS CLI's output (UTF-16, or UTF-8 with a mark), as plain UTF-8."""
    if content.startswith(codecs.BOM_UTF8):
        return content.removeprefix(codecs.BOM_UTF8)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("utf-16").encode()
    return content


def _read_file(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise SnapshotError(f"{path}: larger than {MAX_FILE_BYTES >> 30} GiB; not a file of a snapshot")
    return path.read_bytes()


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Path) -> bytes:
    if info.file_size > MAX_FILE_BYTES:
        raise SnapshotError(
            f"{source}!{info.filename}: larger than {MAX_FILE_BYTES >> 30} GiB; not a file of a snapshot"
        )
    try:
        return archive.read(info)
    except (RuntimeError, NotImplementedError, EOFError) as error:
        raise SnapshotError(f"{source}!{info.filename}: cannot be unpacked ({error})") from error


def _assemble(where: str, files: dict[str, Any], read: Any) -> Snapshot:
    files = _below_one_root(files)
    manifest = _decode_manifest(where, _as_utf8(read(files[MANIFEST]))) if MANIFEST in files else None
    regional: dict[tuple[str, str], dict[str, bytes]] = {}
    shared: dict[str, dict[str, bytes]] = {}
    for path, handle in files.items():
        parts = PurePosixPath(path).parts
        if len(parts) != 3 or not _ACCOUNT.fullmatch(parts[0]):
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
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{where}{MANIFEST}: {error}") from error
    if manifest.schema_version != SCHEMA_VERSION:
        raise SnapshotError(
            f"{where}{MANIFEST}: schema_version {manifest.schema_version!r} is not {SCHEMA_VERSION!r}; "
            "the snapshot was made by another version of awsvpc-audit"
        )
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
