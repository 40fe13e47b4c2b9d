import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Command, Status } from '../protocol.ts';
import { command } from './connection.ts';
import { connection, status } from './store.ts';

/** Something of the status that people choose here. */
export interface Choice<T> {
  /** What was chosen here and is on its way, otherwise what the server says. */
  readonly shown: ReadonlySignal<T | undefined>;
  choose(value: T): void;
}

/** Shows a choice at once and until the server has answered, so that no control jumps back under the hand. */
export function choice<T>(read: (status: Status) => T, payload: (value: T) => Command): Choice<T> {
  const wanted = signal<{ readonly value: T; readonly answered: boolean } | undefined>(undefined);
  // What the server says after its answer has taken the command into account.
  effect(() => {
    void status.value;
    if (wanted.peek()?.answered) wanted.value = undefined;
  });
  // An answer that was under way when the connection was lost never comes.
  effect(() => {
    if (connection.value !== 'connected') wanted.value = undefined;
  });
  return {
    shown: computed(() => wanted.value?.value ?? (status.value && read(status.value))),
    choose(value) {
      const mine = { value, answered: false };
      wanted.value = mine;
      command(payload(value), (obeyed) => {
        if (wanted.peek() === mine) wanted.value = obeyed ? { value, answered: true } : undefined;
      });
    },
  };
}
