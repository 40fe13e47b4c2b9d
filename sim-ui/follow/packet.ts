/** Bytes stand in the text as this key with their number among the parts. */
const BYTES = '$bytes';

/**
 * A message as bytes: the length of a JSON text, how many parts of bytes occur in the message, the length of each; the
 * text; the parts, each at a multiple of 8. Numbers are u32, little-endian.
 */
export function pack(message: object): Buffer {
  const parts: Uint8Array[] = [];
  // Not by a replacer of JSON.stringify: that sees a Buffer when it is a list of numbers already.
  const marked = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value))
      return { [BYTES]: parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) - 1 };
    if (Array.isArray(value)) return value.map(marked);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marked(inner)]));
  };
  const text = Buffer.from(JSON.stringify(marked(message)));
  const { at, end } = layoutOf(
    text.length,
    parts.map(({ length }) => length),
  );
  const packet = Buffer.alloc(end);
  [text.length, parts.length, ...parts.map(({ length }) => length)].forEach((value, i) =>
    packet.writeUInt32LE(value, 4 * i),
  );
  text.copy(packet, at.text);
  parts.forEach((part, i) => packet.set(part, at.parts[i]));
  return packet;
}

/** The message in bytes; its bytes are views of these. @throws {Error} for bytes that are not a message */
export function unpack(packet: Buffer): unknown {
  const [length, count] = [packet.readUInt32LE(0), packet.readUInt32LE(4)];
  if (count > packet.length / 4) throw new Error(`a message of ${packet.length} bytes cannot have ${count} parts`);
  const lengths = Array.from({ length: count }, (_, i) => packet.readUInt32LE(8 + 4 * i));
  const { at, end } = layoutOf(length, lengths);
  if (end !== packet.length) throw new Error(`expected a message of ${end} bytes, got ${packet.length}`);
  const parts = lengths.map((bytes, i) => new Uint8Array(packet.buffer, packet.byteOffset + at.parts[i]!, bytes));
  return JSON.parse(packet.toString('utf8', at.text, at.text + length), (_, value) =>
    value !== null && typeof value === 'object' && Object.hasOwn(value, BYTES) ? parts[value[BYTES]] : value,
  );
}

/** Where the pieces of a message lie. */
function layoutOf(text: number, lengths: readonly number[]) {
  const start = 8 + 4 * lengths.length;
  let end = start + text;
  const parts = lengths.map((bytes) => {
    const at = (end + 7) & ~7;
    end = at + bytes;
    return at;
  });
  return { at: { text: start, parts }, end };
}
