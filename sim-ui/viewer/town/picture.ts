import { computed, type ReadonlySignal } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import { type Apart, apart, twinFrame, withPeople } from '../contrast.ts';
import { frame } from '../store.ts';

/** A town that is drawn: the run's, or its twin's beside it. Both are seen by one camera. */
export interface TownPicture {
  readonly frame: ReadonlySignal<Frame | undefined>;
  /** How far two policies lie apart at its observations, if that is known of this very tick. */
  readonly apart: ReadonlySignal<Apart | undefined>;
  /** Whether the camera follows the selected agent here. */
  readonly leads: boolean;
}

const ofTick = (of: Apart | undefined, shown: Frame | undefined): Apart | undefined =>
  of && shown?.played && of.tick === shown.tick && of.levels.length === shown.played.levels.length / shown.actionCount
    ? of
    : undefined;

export const runPicture: TownPicture = {
  frame,
  apart: computed(() => ofTick(apart.value?.run, frame.value)),
  leads: true,
};

const twinTown = computed(() => withPeople(twinFrame.value));
export const twinPicture: TownPicture = {
  frame: twinTown,
  apart: computed(() => ofTick(apart.value?.twin, twinTown.value)),
  leads: false,
};
