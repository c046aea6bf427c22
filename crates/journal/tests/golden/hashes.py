"""Works out the hashes of one event from the written definition, apart from the program."""
import hashlib
import struct


def part(value):
    return struct.pack(">Q", len(value)) + value


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


actor, operation, key = b"bank-1", b"line.open", b"key-1"
command = digest(part(b"huoshui/command/1"), part(actor), part(operation), part(key))[:16]
content = digest(
    part(b"huoshui/event/1"), part(b"line/1"), part(b"line.opened"), struct.pack(">Q", 1),
    part(b'{"limit_yuan":100}'), part(actor), part(command),
)
link = digest(b"huoshui/chain/1\0", bytes(32), content, struct.pack(">Q", 1), struct.pack(">q", 1_764_000_000_000_000))
print(command.hex(), content.hex(), link.hex(), sep="\n")
