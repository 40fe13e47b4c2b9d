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
  /** Makes the tables that are new, and tells the runs where theirs are. */
  readonly point: () => void;
}

/** Whether the tables of a tick have room in memory. */
export const haveRoom = (tables: readonly Tables[]): boolean =>
  tables.every(({ largest }) => largest <= TABLE_LIMIT) &&
  tables.reduce((sum, { total }) => sum + total, 0) <= TABLES_LIMIT;

/** The tables of ticks, as bytes that programs read. They are kept as long as there is room. */
export class TickTables {
  readonly #space: StateSpace;
  readonly #columns: Columns;
  readonly #bytes: SharedBytes;
  readonly #shares: Shares;
  readonly #decided = new WeakMap<Decisions, DecisionTables>();
  readonly #forms = new Map<string, number>();
  readonly #known = new WeakMap<object, Form<unknown>>();

  constructor(space: StateSpace, columns: Columns, bytes: SharedBytes, shares: Shares) {
    this.#space = space;
    this.#columns = columns;
    this.#bytes = bytes;
    this.#shares = shares;
  }

  /** A tick's situations, and what is decided in them. */
  acting({ situations }: ActPlan, decisions?: Decisions): Tables {
    const index = this.#indexForm(situations);
    const { rows } = index.shape;
    const decision = { rows, steps: this.#space.scenario.actions.length - 1 };
    const { end } = drawsLayout(decision);
    const parts = [{ ...index, tables: situations.slices.length }];
    if (decisions) parts.push({ ...index, bytes: end, tables: decisions.draws.length });
    return {
      rows,
      shape: { situations: index.shape, ...(decisions && { decision }) },
      key: `${index.form}`,
      ...sizes(parts),
      point: () => {
        this.#shares.point(run.situations, situations.of, this.#indices(situations, index));
        if (decisions) this.#shares.point(run.decision, undefined, this.#decisions(decisions, decision));
      },
    };
  }

  /** A tick's laws, and what is counted when everybody has moved. */
  moving({ laws, outcomes }: Omit<MovePlan, 'tick'>): Tables {
    const forms = laws.map((law) => this.#lawForm(law));
    const index = outcomes && this.#indexForm(outcomes);
    const parts = forms.map(
      (form, f) => ({ ...form, tables: laws[f]!.slices.length }) as Form<unknown> & { tables: number },
    );
    if (index) parts.push({ ...index, tables: outcomes.slices.length });
    return {
      rows: index?.shape.rows,
      shape: { laws: forms.map(({ shape }) => shape), ...(index && { outcomes: index.shape }) },
      key: [...forms, ...(index ? [index] : [])].map(({ form }) => form).join(' '),
      ...sizes(parts),
      point: () => {
        laws.forEach((law, f) => this.#shares.point(run.laws + f, law.of, this.#laws(law, forms[f]!)));
        if (index) this.#shares.point(run.outcomes, outcomes.of, this.#indices(outcomes, index));
      },
    };
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

const sizes = (parts: readonly { readonly bytes: number; readonly tables: number }[]) => ({
  largest: parts.reduce((most, { bytes }) => Math.max(most, bytes), 0),
  total: parts.reduce((sum, { bytes, tables }) => sum + bytes * tables, 0),
});
