// Frames: a small JSON header and one buffer of columns, each beginning at a multiple of eight bytes. `frames.py` is the twin.

const KINDS = { uint8: Uint8Array, int32: Int32Array, float64: Float64Array } as const;
export type Kind = keyof typeof KINDS;
export type Column = Uint8Array | Int32Array | Float64Array;
export type Columns = Record<string, Column>;
export type Bytes = ArrayBuffer | ArrayBufferView;
export interface Header {
  kind: string;
  columns?: [name: string, kind: Kind, offset: number, length: number][];
  [key: string]: unknown;
}

/** The columns of a frame, as views of its buffer where that is aligned, else as copies. */
export function unpack(header: Header, buffers: readonly Bytes[]): Columns {
  const given = buffers[0];
  const bytes = !given ? new Uint8Array(0) : ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(given);
  const columns: Columns = {};
  for (const [name, kind, offset, length] of header.columns ?? []) {
    const Type = KINDS[kind], size = length * Type.BYTES_PER_ELEMENT;
    if (!(offset >= 0 && length >= 0 && offset + size <= bytes.byteLength)) throw new RangeError(`column ${name} ends beyond the frame`);
    const begin = bytes.byteOffset + offset;
    columns[name] = begin % 8 ? new Type(bytes.slice(offset, offset + size).buffer) : new Type(bytes.buffer as ArrayBuffer, begin, length);
  }
  return columns;
}

/** A header that says where its columns lie, and the buffer they lie in. */
export function pack(header: Header, columns: Columns): [Header, ArrayBuffer] {
  const places: NonNullable<Header["columns"]> = [];
  let offset = 0;
  for (const [name, column] of Object.entries(columns)) {
    const kind = (Object.keys(KINDS) as Kind[]).find((key) => column instanceof KINDS[key])!;
    places.push([name, kind, offset, column.length]);
    offset += Math.ceil(column.byteLength / 8) * 8;
  }
  const bytes = new Uint8Array(offset);
  Object.values(columns).forEach((column, i) => bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), places[i]![2]));
  return [{ ...header, columns: places }, bytes.buffer];
}
