/** A part of a file. */
export type ByteRange = { offset: number; sizeBytes: number };
