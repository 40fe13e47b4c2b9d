import { open } from 'node:fs/promises';
import { UnderstudyError } from '../env/error.ts';
import { type Network, withoutRepeats } from '../env/network/network.ts';

/** The edges of a network as they stand in a file. */
export interface EdgeFile extends Network {
  readonly file: string;
  /** Lines that repeat an edge, in either direction. */
  readonly repeated: number;
  /** The line on which the last node is named first. */
  readonly lastLine: number;
}

/** Names that the two columns may have: as igraph, pandas and networkx write them. */
const HEADERS = ['from,to', 'source,target'];

/** A file is read in pieces of so many bytes. */
const CHUNK_BYTES = 2 ** 20;
const [LINE_FEED, CARRIAGE_RETURN, COMMA, ZERO, NINE] = [0x0a, 0x0d, 0x2c, 0x30, 0x39];
/** As many agents as are held one by one. */
const NODE_LIMIT = 2 ** 28;

/**
 * Reads a CSV file of edges: a header, `from,to` or `source,target`, and two numbers of nodes a line, counted from 0. The
 * direction does not matter, and an edge that is there more than once counts once. In memory it takes 8 bytes an edge.
 * @param expected what could have been meant, for a file that does not exist
 * @throws {UnderstudyError} SIMULATION_NETWORK for a file that cannot be read or has a line that is not understood, with its number
 */
export async function readEdges(path: string, expected = 'expected a CSV file of edges'): Promise<EdgeFile> {
  const wrong = (what: string, cause?: unknown) =>
    new UnderstudyError('SIMULATION_NETWORK', `${path}${what}`, { cause });
  try {
    await using file = await open(path);
    const edges = new EdgeLines((line, what) => wrong(`, line ${line}: ${what}`));
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      edges.take(chunk.subarray(0, bytesRead));
    }
    const { network, repeated } = withoutRepeats(edges.end());
    return { ...network, file: path, repeated, lastLine: edges.lastLine };
  } catch (error) {
    if (error instanceof UnderstudyError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw wrong(code === 'ENOENT' ? ` does not exist; ${expected}` : ` cannot be read: ${message}`, error);
  }
}

/** The lines of a file of edges, byte by byte. */
class EdgeLines {
  lastLine = 0;
  readonly #wrong: (line: number, what: string) => UnderstudyError;
  #line = 1;
  #text: number[] = [];
  #nodes = 0;
  #edges = 0;
  #from = new Uint32Array(1024);
  #to = new Uint32Array(1024);

  constructor(wrong: (line: number, what: string) => UnderstudyError) {
    this.#wrong = wrong;
  }

  take(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === LINE_FEED) this.#endLine();
      else this.#text.push(byte);
      if (this.#text.length > 100) throw this.#notUnderstood();
    }
  }

  end(): Network {
    if (this.#text.length > 0) this.#endLine();
    if (this.#line === 1) throw this.#wrong(1, `the file is empty; expected a header, ${HEADERS.join(' or ')}`);
    return { nodes: this.#nodes, from: this.#from.slice(0, this.#edges), to: this.#to.slice(0, this.#edges) };
  }

  #endLine(): void {
    const text = this.#text;
    if (text.at(-1) === CARRIAGE_RETURN) text.pop();
    if (this.#line === 1) this.#readHeader();
    else if (text.length > 0) this.#readEdge();
    this.#line++;
    text.length = 0;
  }

  #readHeader(): void {
    const header = this.#shown()
      .replace(/^\uFEFF/, '')
      .replaceAll('"', '')
      .trim();
    if (HEADERS.includes(header)) return;
    throw this.#wrong(
      1,
      `expected the header ${HEADERS.join(' or ')}, got "${header}"; edges are two columns of node numbers and nothing else`,
    );
  }

  #readEdge(): void {
    const text = this.#text;
    const comma = text.indexOf(COMMA);
    const from = numberIn(text, 0, comma);
    const to = numberIn(text, comma + 1, text.length);
    if (from === undefined || to === undefined) throw this.#notUnderstood();
    if (from === to) throw this.#wrong(this.#line, `node ${from} would be its own neighbour; leave the line out`);
    const last = Math.max(from, to);
    if (last >= NODE_LIMIT)
      throw this.#wrong(this.#line, `node ${last} is beyond ${NODE_LIMIT - 1}; number nodes from 0 on, without gaps`);
    if (last >= this.#nodes) {
      this.#nodes = last + 1;
      this.lastLine = this.#line;
    }
    if (this.#edges === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
    }
    this.#from[this.#edges] = from;
    this.#to[this.#edges++] = to;
  }

  #shown(): string {
    return Buffer.from(this.#text).toString('utf8');
  }

  #notUnderstood(): UnderstudyError {
    return this.#wrong(
      this.#line,
      `expected two numbers of nodes, like 0,17, got "${this.#shown()}"; nodes are numbered from 0 on`,
    );
  }
}

/** A number written in digits; undefined for anything else. */
function numberIn(text: readonly number[], from: number, to: number): number | undefined {
  if (from >= to || to - from > 10) return undefined;
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text[i]!;
    if (digit < ZERO || digit > NINE) return undefined;
    number = 10 * number + digit - ZERO;
  }
  return number;
}

function grown(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
