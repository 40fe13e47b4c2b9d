import { effect, signal } from '@preact/signals';
import { acquaint } from './ask.ts';
import { connection, hello, notice, runOnShow, selected } from './store.ts';

/** Who are neighbours in a run. */
export interface Acquainted {
  readonly run: number;
  /** null: everybody's. */
  readonly agent: number | null;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly edges: number;
}
/** The neighbours of the selected agent. */
export const neighbours = signal<Acquainted | undefined>(undefined);
/** Everybody's, if they are to be seen. */
export const everyEdge = signal<Acquainted | undefined>(undefined);
export const everyEdgeWanted = signal(false);

/** Agents up to which a picture with all edges can be read. */
export const FEW = 2000;

/** Asks who are neighbours where that decides something, of whoever is selected. Called once. */
export function followAcquaintances(): void {
  follow(neighbours, () => selected.value);
  follow(everyEdge, () => (everyEdgeWanted.value && (hello.value?.agents ?? 0) <= FEW ? null : undefined));
}

/** @param whose an agent, null for everybody, undefined for nobody */
function follow(into: typeof neighbours, whose: () => number | null | undefined): void {
  let asked = '';
  effect(() => {
    const [run, agent, world] = [runOnShow.value, whose(), hello.value];
    // Who has nobody selected wants nobody's.
    const nobody = agent === undefined || (agent === null && into === neighbours);
    if (!world?.network || nobody || connection.value !== 'connected') {
      if (!world?.network || nobody) into.value = undefined;
      asked = '';
      return;
    }
    const key = `${world.boot} ${run} ${agent}`;
    if (asked === key) return;
    asked = key;
    acquaint({ run, agent }).then(
      (answer) => {
        if (asked === key) into.value = { run, agent, ...answer };
      },
      (error: Error) => {
        if (asked !== key) return;
        into.value = undefined;
        if (into === everyEdge) {
          everyEdgeWanted.value = false;
          notice.value = error.message;
        }
      },
    );
  });
}
