import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import { type Apart, alongside, alongsideFrame, alongsidePeople, apart, twinFrame, withPeople } from '../contrast.ts';
import { frame, hello, people, status } from '../store.ts';

/** A town that is drawn: the run's, or its twin's beside it. Both are seen by one camera. */
export interface TownPicture {
  readonly frame: ReadonlySignal<Frame | undefined>;
  /** How far two policies lie apart at its observations, if that is known of this very tick. */
  readonly apart: ReadonlySignal<Apart | undefined>;
  /** Indices of the traits of each trait set of its people. */
  readonly people: ReadonlySignal<readonly (readonly number[])[]>;
  /** Whether the camera follows the selected agent here. */
  readonly leads: boolean;
  /** Whether its agents are those of the run on show: found, selected and acquainted alike. */
  readonly same: ReadonlySignal<boolean>;
  /** What it is called, beside the run on show. */
  readonly name: string;
}

const ofTick = (of: Apart | undefined, shown: Frame | undefined): Apart | undefined =>
  of && shown?.played && of.tick === shown.tick && of.levels.length === shown.played.levels.length / shown.actionCount
    ? of
    : undefined;

export const runPicture: TownPicture = {
  frame,
  apart: computed(() => ofTick(apart.value?.run, frame.value)),
  people,
  leads: true,
  same: signal(true),
  name: '',
};

const twinTown = computed(() => withPeople(twinFrame.value));
export const twinPicture: TownPicture = {
  frame: twinTown,
  apart: computed(() => ofTick(apart.value?.twin, twinTown.value)),
  people,
  leads: false,
  same: signal(true),
  name: 'the twin',
};

/** The town of another run at the same tick: where it has the same seed and as many people, they are the same ones. */
export const alongsidePicture: TownPicture = {
  frame: alongsideFrame,
  apart: signal(undefined),
  people: alongsidePeople,
  leads: false,
  same: computed(() => {
    const other = alongside.value;
    const now = status.value;
    return other?.agents === hello.value?.agents && other?.seed === (now?.past?.seed ?? now?.seed);
  }),
  name: 'another run',
};
