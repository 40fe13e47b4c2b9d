/** What a local variable of the assembled function holds. */
type ValueType = 'i32' | 'v128';

const VALUE_TYPES = { i32: 0x7f, v128: 0x7b } as const;

/** WebAssembly instructions without immediates that the kernel uses (WebAssembly Core Specification 2.0, 5.4). */
const PLAIN = {
  end: [0x0b],
  drop: [0x1a],
  'i32.eqz': [0x45],
  'i32.lt_u': [0x49],
  'i32.ctz': [0x68],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'i32.shr_u': [0x76],
  'i8x16.splat': [0xfd, 0x0f],
  'i8x16.swizzle': [0xfd, 0x0e],
  'i32x4.splat': [0xfd, 0x11],
  'i8x16.eq': [0xfd, 0x23],
  'i8x16.ne': [0xfd, 0x24],
  'i8x16.le_u': [0xfd, 0x2a],
  'v128.not': [0xfd, 0x4d],
  'v128.and': [0xfd, 0x4e],
  'v128.andnot': [0xfd, 0x4f],
  'v128.or': [0xfd, 0x50],
  'v128.xor': [0xfd, 0x51],
  'v128.any_true': [0xfd, 0x53],
  'i8x16.bitmask': [0xfd, 0x64],
  'i8x16.shl': [0xfd, 0x6b],
  'i8x16.shr_u': [0xfd, 0x6d],
  'i8x16.add': [0xfd, 0x6e],
  'i8x16.sub': [0xfd, 0x71],
  'i16x8.add': [0xfd, 0x8e, 0x01],
  'i32x4.add': [0xfd, 0xae, 0x01],
  'i64x2.extmul_low_i32x4_u': [0xfd, 0xde, 0x01],
  'i64x2.extmul_high_i32x4_u': [0xfd, 0xdf, 0x01],
} as const satisfies Readonly<Record<string, readonly number[]>>;

const MEMORY = {
  'i32.load': [0x28, 2],
  'i32.load8_u': [0x2d, 0],
  'i32.load16_u': [0x2f, 1],
  'i32.store': [0x36, 2],
  'i32.store8': [0x3a, 0],
  'i32.store16': [0x3b, 1],
  'v128.load': [0xfd00, 4],
  'v128.store': [0xfd0b, 4],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

const LANES = {
  'v128.load8_lane': [0x54, 0],
  'v128.load32_lane': [0x56, 2],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** The body of one function, written instruction by instruction. A local is a number given by `local`. */
export class FunctionBody {
  readonly #bytes: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  local(type: ValueType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  /** Instructions without immediates, in order. */
  op(...names: (keyof typeof PLAIN)[]): this {
    for (const name of names) this.#bytes.push(...PLAIN[name]);
    return this;
  }

  get(local: number): this {
    return this.#with(0x20, local);
  }

  set(local: number): this {
    return this.#with(0x21, local);
  }

  tee(local: number): this {
    return this.#with(0x22, local);
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value));
    return this;
  }

  /** A vector of 16 bytes. */
  v128(bytes: ArrayLike<number>): this {
    this.#bytes.push(0xfd, 0x0c, ...Array.from(bytes));
    return this;
  }

  shuffle(lanes: readonly number[]): this {
    this.#bytes.push(0xfd, 0x0d, ...lanes);
    return this;
  }

  /** A load or store at the address on the stack plus an offset. */
  memory(name: keyof typeof MEMORY, offset = 0): this {
    const [code, align] = MEMORY[name];
    if (code > 0xff) this.#bytes.push(code >> 8, code & 0xff);
    else this.#bytes.push(code);
    this.#bytes.push(align, ...unsigned(offset));
    return this;
  }

  /** Loads one lane of the vector on the stack from the address below it plus an offset. */
  memoryLane(name: keyof typeof LANES, offset: number, lane: number): this {
    const [code, align] = LANES[name];
    this.#bytes.push(0xfd, code, align, ...unsigned(offset), lane);
    return this;
  }

  /** Repeats the body while what it leaves on the stack is not 0. */
  repeatWhile(body: () => void): this {
    this.#bytes.push(0x03, 0x40);
    body();
    this.#bytes.push(0x0d, 0);
    return this.op('end');
  }

  /** Runs the body if what is on the stack is not 0. */
  when(body: () => void): this {
    this.#bytes.push(0x04, 0x40);
    body();
    return this.op('end');
  }

  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, VALUE_TYPES[type]]);
    const body = unsigned(this.#locals.length).concat(locals, this.#bytes, PLAIN.end);
    return unsigned(body.length).concat(body);
  }

  #with(code: number, local: number): this {
    this.#bytes.push(code, ...unsigned(local));
    return this;
  }
}

/** The largest memory that there may be, in pages of 64 KiB. */
const PAGES = 2 ** 16;

/** A module that imports a shared memory `env.memory` and exports functions of i32 parameters that return nothing. */
export function assemble(functions: Readonly<Record<string, { parameters: number; body: FunctionBody }>>): Uint8Array {
  const list = Object.entries(functions);
  const section = (id: number, items: readonly (readonly number[])[]) => {
    const content = unsigned(items.length).concat(...items);
    return [id].concat(unsigned(content.length), content);
  };
  const sections = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(
      1,
      list.map(([, { parameters }]) => [0x60, parameters, ...new Array<number>(parameters).fill(VALUE_TYPES.i32), 0]),
    ),
    section(2, [[...name('env'), ...name('memory'), 0x02, 0x03, ...unsigned(1), ...unsigned(PAGES)]]),
    section(
      3,
      list.map((_, i) => unsigned(i)),
    ),
    section(
      7,
      list.map(([exported], i) => [...name(exported), 0x00, ...unsigned(i)]),
    ),
    section(
      10,
      list.map(([, { body }]) => body.encode()),
    ),
  ];
  return new Uint8Array(sections.flat());
}

const name = (text: string): number[] => [...unsigned(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];

/** LEB128 of an unsigned 32-bit integer. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** LEB128 of a signed 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
