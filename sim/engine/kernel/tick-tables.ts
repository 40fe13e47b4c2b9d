import type { StateSpace } from '../../../env/state-space.ts';
import type { Columns } from './columns.ts';
import type { Decisions } from './kernel.ts';
import type { Law } from './laws.ts';
import type { ActPlan, Cut, MovePlan } from './plan.ts';
import { type LawShape, type ProgramShape, run } from './program.ts';
import {
  type DrawsShape,
  drawsLayout,
  drawsShape,
  type IndexShape,
  indexLayout,
  indexShape,
  writeDraws,
  writeIndex,
} from './shape.ts';
import { type SharedBytes, TABLE_LIMIT, TABLES_LIMIT } from './shared-bytes.ts';
import type { Shares } from './shares.ts';
import type { Classes } from './slice.ts';

/** A form of tables, a number for it, and how many bytes a table of it has. */
interface Form<S> {
  readonly shape: S;
  readonly form: number;
  readonly bytes: number;
}

/** Where the tables of some decisions are, as long as nothing that is named here changes. */
interface DecisionTables {
  readonly revision: number;
  readonly generation: number;
  readonly rows: number;
  readonly addresses: Uint32Array;
}

/** Tables of the same form for some slices of a tick, and the word of a run that says where a kind has its own. */
interface Part {
  readonly word: number;
  readonly of: Uint32Array;
  /** Addresses by slice. */
  readonly make: () => ArrayLike<number>;
  made?: { readonly generation: number; readonly addresses: ArrayLike<number> };
}

/** What a program needs to know of half a tick. */
export interface Tables {
  readonly shape: Omit<ProgramShape, 'mode'>;
  /** Different for different shapes. */
  readonly key: string;
  /** Bytes of the largest table, and of all. */
  readonly largest: number;
  readonly total: number;
  /** Rows of what is counted; undefined if nothing is. */
  readonly rows?: number;
  readonly parts: readonly Part[];
  readonly decision?: DrawsShape;
}

/** Whether the tables of a tick have room in memory. */
export const haveRoom = (tables: readonly Tables[]): boolean =>
  tables.every(({ largest }) => largest <= TABLE_LIMIT) &&
  tables.reduce((sum, { total }) => sum + total, 0) <= TABLES_LIMIT;

/** Half ticks that are known at a time; a world with more faces is looked at again as it comes back. */
const KEPT = 4096;

/** The tables of ticks, as bytes that programs read. They are kept as long as there is room. */
export class TickTables {
  readonly #space: StateSpace;
  readonly #columns: Columns;
  readonly #bytes: SharedBytes;
  readonly #shares: Shares;
  readonly #decided = new WeakMap<Decisions, DecisionTables>();
  readonly #forms = new Map<string, number>();
  readonly #known = new WeakMap<object, Form<unknown>>();
  /** By what is cut out of the scenario's tables: a number for it. */
  readonly #numbers = new WeakMap<object, number>();
  #numbered = 0;
  readonly #halves = new Map<string, Tables>();

  constructor(space: StateSpace, columns: Columns, bytes: SharedBytes, shares: Shares) {
    this.#space = space;
    this.#columns = columns;
    this.#bytes = bytes;
    this.#shares = shares;
  }

  /** @param decided whether something is decided in a tick's situations; otherwise they are counted */
  acting({ situations }: ActPlan, decided: boolean): Tables {
    return this.#half(`${decided} ${this.#numberOf(situations.slices)}`, () => {
      const index = this.#indexForm(situations);
      const { rows } = index.shape;
      const decision = { rows, steps: this.#space.scenario.actions.length - 1 };
      const sizes = [{ bytes: index.bytes, tables: situations.slices.length }];
      if (decided) sizes.push({ bytes: drawsLayout(decision).end, tables: situations.of.length });
      return {
        rows,
        shape: { situations: index.shape, ...(decided && { decision }) },
        key: `${index.form}`,
        ...sizeOf(sizes),
        parts: [{ word: run.situations, of: situations.of, make: () => this.#indices(situations, index) }],
        ...(decided && { decision }),
      };
    });
  }

  /** A tick's laws, and what is counted when everybody has moved. */
  moving({ laws, outcomes }: Omit<MovePlan, 'tick'>): Tables {
    let name = 'move';
    for (const { slices } of laws) name += ` ${this.#numberOf(slices)}`;
    if (outcomes) name += ` ${this.#numberOf(outcomes.slices)}`;
    return this.#half(name, () => {
      const forms = laws.map((law) => this.#lawForm(law));
      const index = outcomes && this.#indexForm(outcomes);
      const parts: Part[] = laws.map((law, f) => ({
        ...{ word: run.laws + f, of: law.of },
        make: () => this.#laws(law, forms[f]!),
      }));
      const sizes = forms.map(({ bytes }, f) => ({ bytes, tables: laws[f]!.slices.length }));
      if (index) {
        parts.push({ word: run.outcomes, of: outcomes.of, make: () => this.#indices(outcomes, index) });
        sizes.push({ bytes: index.bytes, tables: outcomes.slices.length });
      }
      return {
        rows: index?.shape.rows,
        shape: { laws: forms.map(({ shape }) => shape), ...(index && { outcomes: index.shape }) },
        key: [...forms, ...(index ? [index] : [])].map(({ form }) => form).join(' '),
        ...sizeOf(sizes),
        parts,
      };
    });
  }

  /** Makes the tables that are new, and tells the runs where theirs are. */
  point({ parts, decision }: Tables, decisions?: Decisions): void {
    const { generation } = this.#bytes;
    for (const part of parts) {
      if (part.made?.generation !== generation) part.made = { generation, addresses: part.make() };
      this.#shares.point(part.word, part.of, part.made.addresses);
    }
    if (decision) this.#shares.point(run.decision, undefined, this.#decisions(decisions!, decision));
  }

  #half(name: string, make: () => Tables): Tables {
    let half = this.#halves.get(name);
    if (!half) {
      if (this.#halves.size >= KEPT) this.#halves.clear();
      this.#halves.set(name, (half = make()));
    }
    return half;
  }

  #numberOf(slices: readonly unknown[]): number {
    let number = this.#numbers.get(slices);
    if (number === undefined) this.#numbers.set(slices, (number = this.#numbered++));
    return number;
  }

  /** Addresses of the decisions' tables, by kind. */
  #decisions(decisions: Decisions, shape: DrawsShape): Uint32Array {
    const { generation } = this.#bytes;
    const { revision, draws } = decisions;
    const known = this.#decided.get(decisions);
    if (known?.revision === revision && known.rows === shape.rows && known.generation === generation)
      return known.addresses;
    const form = this.#formOf(shape);
    const { end } = drawsLayout(shape);
    const addresses = Uint32Array.from(draws, (own) => {
      const at = this.#bytes.table(own, form, end, () => {});
      writeDraws(shape, own, this.#bytes.view(at, end));
      return at;
    });
    this.#decided.set(decisions, { revision, rows: shape.rows, generation, addresses });
    return addresses;
  }

  #laws({ slices }: Cut<Law>, { shape, form, bytes }: Form<LawShape>): number[] {
    const index = indexLayout(this.#space, shape.index).end;
    return slices.map((law) =>
      this.#bytes.table(law, form, bytes, (into) => {
        writeIndex(this.#space, this.#columns, shape.index, law.classes, into);
        writeDraws(shape.draws, law.draws, into.subarray(index));
      }),
    );
  }

  #indices(cut: Cut<{ readonly classes: Classes }>, { shape, form, bytes }: Form<IndexShape>): number[] {
    return cut.slices.map(({ classes }) =>
      this.#bytes.table(classes, form, bytes, (into) => writeIndex(this.#space, this.#columns, shape, classes, into)),
    );
  }

  #indexForm({ slices }: Cut<{ readonly classes: Classes }>): Form<IndexShape> {
    return this.#form(slices, () => {
      const shape = indexShape(
        this.#space,
        this.#columns,
        slices.map(({ classes }) => classes),
      );
      return { shape, bytes: indexLayout(this.#space, shape).end };
    });
  }

  #lawForm({ slices }: Cut<Law>): Form<LawShape> {
    return this.#form(slices, () => {
      const index = indexShape(
        this.#space,
        this.#columns,
        slices.map(({ classes }) => classes),
      );
      const draws = { rows: index.rows, steps: drawsShape(slices.map(({ draws }) => draws)).steps };
      return { shape: { index, draws }, bytes: indexLayout(this.#space, index).end + drawsLayout(draws).end };
    });
  }

  #form<S>(slices: readonly unknown[], make: () => Omit<Form<S>, 'form'>): Form<S> {
    let known = this.#known.get(slices) as Form<S> | undefined;
    if (!known) {
      const made = make();
      this.#known.set(slices, (known = { ...made, form: this.#formOf(made.shape) }));
    }
    return known;
  }

  #formOf(shape: unknown): number {
    const key = JSON.stringify(shape);
    let form = this.#forms.get(key);
    if (form === undefined) this.#forms.set(key, (form = this.#forms.size));
    return form;
  }
}

const sizeOf = (parts: readonly { readonly bytes: number; readonly tables: number }[]) => ({
  largest: parts.reduce((most, { bytes }) => Math.max(most, bytes), 0),
  total: parts.reduce((sum, { bytes, tables }) => sum + bytes * tables, 0),
});
