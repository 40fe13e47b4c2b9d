import type { Level } from './chance.ts';
import { UnderstudyError } from './error.ts';
import { suggestion } from './suggestion.ts';

/** A named quantity that a table can read: a factor now (`sky`), a factor next (`sky'`), `action`, `trait:tall`. */
export type Variable = string;

/** Names what is not known, what is, and what was probably meant. */
export function unknownName(code: UnderstudyError['code'], kind: string, name: string, known: readonly string[]) {
  const near = suggestion(name, known);
  return new UnderstudyError(
    code,
    `unknown ${kind}: ${name} (known: ${known.join(', ')})${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

/** The values of a pure function, one for each combination of the variables that it reads; row-major over parents. */
export interface Table<R> {
  readonly parents: readonly Variable[];
  /** Levels of each parent. */
  readonly sizes: readonly number[];
  readonly rows: readonly R[];
}

/** A table never has more rows than this. */
export const ROW_LIMIT = 65536;

/** Runs of a law to be repeated when all laws of a scenario are tabulated; each throws if it gives another value then. */
export type Repetitions = (() => void)[];

/**
 * Tabulates a function by running it once for each branch that its reads can take: what it reads are its parents
 * (a tree-structured conditional probability table; Boutilier, Dearden & Goldszmidt, "Exploiting structure in policy
 * construction", 1995). Each branch is run twice at once and once more, last branch first, by what is added to
 * `repetitions`: that catches functions that are not pure, also those that remember what ran before them.
 * @param where names the function in errors
 * @param levels the levels of a variable
 * @param evaluate the function, reading variables through its argument only. Its result is kept: where the function
 *   may hand back one object again and again, evaluate must copy it.
 * @throws {UnderstudyError} SCENARIO_IMPURE, SCENARIO_TABLE
 */
export function tabulate<R>(
  where: string,
  levels: (variable: Variable) => readonly Level[],
  evaluate: (read: (variable: Variable) => Level) => R,
  repetitions?: Repetitions,
): Table<R> {
  const parents: Variable[] = [];
  const leaves: Leaf<R>[] = [];
  // The branch being run: the reads in the order in which they happened and the level that each was given.
  const branch: { variable: Variable; level: number; size: number }[] = [];
  const impure = (what: string) =>
    new UnderstudyError('SCENARIO_IMPURE', `${where}${what}; it must be a pure function`);

  /** Runs the function once; `levelOf` says which level a variable has that it reads for the first time. */
  const follow = (levelOf: (variable: Variable, at: ReadonlyMap<Variable, number>) => number): Leaf<R> => {
    const at = new Map<Variable, number>();
    let over = false;
    const value = evaluate((variable) => {
      if (over) throw impure(` at ${describeRow(at, levels)}: its state was read after it had returned`);
      let level = at.get(variable);
      if (level === undefined) at.set(variable, (level = levelOf(variable, at)));
      return levels(variable)[level]!;
    });
    over = true;
    return { at, value };
  };
  const alongBranch = (): Leaf<R> => {
    const leaf = follow((variable, at) => {
      const step = branch[at.size] ?? { variable, level: 0, size: levels(variable).length };
      if (step.variable !== variable)
        throw impure(`: reads ${nameInWords(variable)} where it read ${nameInWords(step.variable)} before`);
      branch[at.size] = step;
      if (!parents.includes(variable)) parents.push(variable);
      return step.level;
    });
    const unread = branch[leaf.at.size];
    if (unread)
      throw impure(
        ` at ${describeRow(leaf.at, levels)}: does not read ${nameInWords(unread.variable)}, which it read before`,
      );
    return leaf;
  };
  const requireSame = (leaf: Leaf<R>, again: Leaf<R>): void => {
    if (isPlainlyEqual(leaf.value, again.value)) return;
    const [first, second] = [inWords(leaf.value), inWords(again.value)];
    if (first !== second) throw impure(` at ${describeRow(leaf.at, levels)}: gave ${first}, then ${second}`);
  };

  do {
    const leaf = alongBranch();
    requireSame(leaf, alongBranch());
    leaves.push(leaf);
    if (leaves.length > ROW_LIMIT) throw tooLarge(where, leaves.length, parents);
    while (branch.length > 0 && branch.at(-1)!.level === branch.at(-1)!.size - 1) branch.pop();
    if (branch.length > 0) branch.at(-1)!.level++;
  } while (branch.length > 0);

  repetitions?.push(() => {
    for (const leaf of leaves.toReversed()) {
      const again = follow((variable) => {
        const level = leaf.at.get(variable);
        if (level === undefined)
          throw impure(
            ` at ${describeRow(leaf.at, levels)}: reads ${nameInWords(variable)}, which it did not read before`,
          );
        return level;
      });
      requireSame(leaf, again);
    }
  });

  const sizes = parents.map((parent) => levels(parent).length);
  const total = sizes.reduce((product, size) => product * size, 1);
  if (total > ROW_LIMIT) throw tooLarge(where, total, parents);
  const rows = new Array<R>(total);
  for (const leaf of leaves) {
    const fill = (depth: number, base: number): void => {
      if (depth === parents.length) {
        rows[base] = leaf.value;
        return;
      }
      const fixed = leaf.at.get(parents[depth]!);
      const last = fixed ?? sizes[depth]! - 1;
      for (let level = fixed ?? 0; level <= last; level++) fill(depth + 1, base * sizes[depth]! + level);
    };
    fill(0, 0);
  }
  return { parents, sizes, rows };
}

/** Whether two values are seen to be equal at a glance: numbers and texts, and objects of them, such as distributions. */
function isPlainlyEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (!isPlain(one) || !isPlain(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  if (keys.length !== others.length) return false;
  return keys.every((key, i) => {
    const value = (one as Record<string, unknown>)[key];
    return others[i] === key && typeof value !== 'object' && value === (other as Record<string, unknown>)[key];
  });
}

const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype && !Object.hasOwn(value, 'toJSON');

/** A value as text, different for different values. */
const inWords = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part,
  );

interface Leaf<R> {
  /** The level of each variable that was read. */
  readonly at: ReadonlyMap<Variable, number>;
  readonly value: R;
}

const tooLarge = (where: string, rows: number, parents: readonly Variable[]) =>
  new UnderstudyError(
    'SCENARIO_TABLE',
    `${where}: ${rows} rows over ${parents.map(nameInWords).join(' × ')}, at most ${ROW_LIMIT}; read fewer factors`,
  );

/** Applies f to each row of a table. */
export function mapRows<R, S>(table: Table<R>, f: (row: R, index: number, table: Table<R>) => S): Table<S> {
  return { ...table, rows: table.rows.map((row, i) => f(row, i, table)) };
}

/** A row in words, for errors: `{hour: 8, sky: clear, "owns a car" holds}`. */
export function rowName(
  table: Table<unknown>,
  index: number,
  levels: (variable: Variable) => readonly Level[],
): string {
  const at = new Map<Variable, number>();
  let rest = index;
  for (let d = table.parents.length - 1; d >= 0; d--) {
    at.set(table.parents[d]!, rest % table.sizes[d]!);
    rest = Math.floor(rest / table.sizes[d]!);
  }
  return describeRow(new Map([...at].reverse()), levels);
}

function describeRow(at: ReadonlyMap<Variable, number>, levels: (variable: Variable) => readonly Level[]): string {
  const words = [...at].map(([variable, level]) => {
    const phrase = phraseOf(variable);
    return phrase === undefined
      ? `${variable}: ${String(levels(variable)[level])}`
      : `${JSON.stringify(phrase)} ${level === 1 ? 'holds' : 'does not hold'}`;
  });
  return `{${words.join(', ')}}`;
}

/** The trait that a variable is about; undefined for a factor or the action. */
const phraseOf = (variable: Variable): string | undefined => /^trait:(.*)$/s.exec(variable)?.[1];

/** A variable in words, for errors. */
const nameInWords = (variable: Variable): string => {
  const phrase = phraseOf(variable);
  return phrase === undefined ? variable : JSON.stringify(phrase);
};
