import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that are collected before they are written; while they are, the next are collected. */
const BUFFER_BYTES = 2 ** 22;

/** A file that grows at its end, in few large writes; memory does not grow with it. */
export class GrowingFile {
  readonly path: string;
  /** What is collected; written up to `used` by whoever has called `room`. */
  bytes: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  used = 0;
  /** Of `bytes`. */
  view = viewOf(this.bytes);
  readonly #file: FileHandle;
  #spare: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  /** Bytes that were handed to the file. */
  #length: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, length: number) {
    this.path = path;
    this.#file = file;
    this.#length = length;
  }

  /** A new file. */
  static async create(path: string): Promise<GrowingFile> {
    return new GrowingFile(path, await open(path, 'wx'), 0);
  }

  /**
   * Goes on with a file after its first bytes; what follows them is cut off.
   * @throws {RangeError} if it has fewer
   */
  static async resume(path: string, length: number): Promise<GrowingFile> {
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      if (size < length) throw new RangeError(`${path} has ${size} bytes, expected at least ${length}`);
      await file.truncate(length);
      return new GrowingFile(path, file, length);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes of the file, once all that is collected is written. */
  get length(): number {
    return this.#length + this.used;
  }

  hasRoom(bytes: number): boolean {
    return this.used + bytes <= BUFFER_BYTES;
  }

  /** Makes room for so many bytes, less than a buffer's, after `used`. */
  async room(bytes: number): Promise<void> {
    if (!this.hasRoom(bytes)) await this.#flush();
  }

  async text(text: string): Promise<void> {
    // A character is at most three bytes.
    for (let from = 0; from < text.length; from += 2 ** 16) {
      const part = text.slice(from, from + 2 ** 16);
      await this.room(3 * part.length);
      this.used += this.bytes.write(part, this.used);
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      await this.room(1);
      const part = bytes.subarray(from, from + BUFFER_BYTES - this.used);
      this.bytes.set(part, this.used);
      this.used += part.length;
      from += part.length;
    }
  }

  /** Waits until everything is on the disk. @returns bytes of the file */
  async sync(): Promise<number> {
    await this.#flush();
    await this.#writing;
    await this.#file.sync();
    return this.#length;
  }

  /** What is collected but not written is lost. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const [whole, at] = [this.bytes.subarray(0, this.used), this.#length];
    [this.bytes, this.#spare] = [this.#spare, this.bytes];
    this.view = viewOf(this.bytes);
    this.#length += this.used;
    this.used = 0;
    this.#writing = this.#write(whole, at);
    // Whoever waits next is told.
    this.#writing.catch(() => {});
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer) => new DataView(buffer, byteOffset, length);
