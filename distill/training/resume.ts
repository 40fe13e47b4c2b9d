import { readFile, rm } from 'node:fs/promises';
import { UnderstudyError } from '../../env/error.ts';
import type { ProgressEvent } from '../../env/work.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import type { Epoch, Fit, FitEvents, FitJob, FitState } from './fit-job.ts';
import type { Settings } from './settings.ts';

export interface ResumeOptions extends FitEvents {
  /** Where what is unfinished is kept. */
  readonly file: string;
  /** Identity of the training: only its own state is continued. */
  readonly identity: string;
  /** Called with the state to continue from, if there is one. */
  readonly onStart?: (state: FitState | undefined) => void;
  readonly log?: (line: string) => void;
}

const SAVE_EVERY_MS = 10_000;

/**
 * A fit that goes on where an earlier one of the same identity was stopped. Its state is in one file, written every few
 * seconds and when the fit is stopped, and gone when the loss is no longer a number or by `forget`, for when the result
 * is safe.
 */
export async function fitResumably(
  run: Fit,
  job: FitJob,
  { file, identity, onStart, onEpoch, onTried, log, signal }: ResumeOptions,
): Promise<{ result: FitState; resumedAfter?: number; forget: () => Promise<void> }> {
  const from = await loadState(file, identity);
  const resumedAfter = from && epochsOf(from);
  if (from) log?.(`${job.name}: continuing after epoch ${resumedAfter}`);
  onStart?.(from);
  let last = from;
  let saved = performance.now();
  const forget = () => rm(file, { force: true });
  const keep = async (state: FitState, rowsASecond: number) => {
    last = state;
    await onEpoch?.(state, rowsASecond);
    if (performance.now() - saved < SAVE_EVERY_MS) return;
    await saveState(file, identity, state);
    saved = performance.now();
  };
  try {
    const result = await run({ ...job, ...(from && { from }) }, { signal, onEpoch: keep, ...(onTried && { onTried }) });
    return { result, forget, ...(from && { resumedAfter }) };
  } catch (error) {
    if (error instanceof UnderstudyError && error.code === 'DISTILL_TRAINING') await forget();
    else if (last) await saveState(file, identity, last);
    throw error;
  }
}

/** Numbers are kept bit by bit (base64), so a run that was interrupted ends with the weights of one that was not. */
async function saveState(file: string, identity: string, state: FitState): Promise<void> {
  await writeFileAtomically(file, JSON.stringify({ identity, state }, packed));
}

/** The state to continue from; undefined if there is none of this identity, or if the file is damaged. */
async function loadState(file: string, identity: string): Promise<FitState | undefined> {
  try {
    const saved = JSON.parse(await readFile(file, 'utf8'), unpacked) as { identity: string; state: FitState };
    return saved.identity === identity ? saved.state : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const kinds = { Float32Array, Float64Array } as const;

function packed(_: string, value: unknown): unknown {
  if (!(value instanceof Float32Array || value instanceof Float64Array)) return value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { array: value.constructor.name, base64: bytes.toString('base64') };
}

function unpacked(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  const { array, base64 } = value as { array: keyof typeof kinds; base64: string };
  // Copied, because a Buffer may start anywhere in memory that it shares.
  return new kinds[array](Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** Epochs run so far: to know when to stop, and on all rows. */
export const epochsOf = ({ curve, refit = [] }: FitState): number => curve.length + refit.length;

type Told = Pick<ProgressEvent, 'done' | 'of' | 'figures' | 'note'>;

/** How far a penalised regression is. How many sets of penalties there will be shows only at the end. */
export const progressOfPenalised = (tried: number, latest?: Epoch, done = false): Told => ({
  done: done ? 1 : 0,
  of: 1,
  ...(latest && { figures: lossesOf(latest) }),
  ...(tried > 0 && { note: `${tried} ${tried === 1 ? 'set' : 'sets'} of penalties tried` }),
});

const lossesOf = ({ train, validation, mse }: Epoch) => ({
  loss: train.toFixed(4),
  validation: validation.toFixed(4),
  'squared error': mse.toFixed(5),
});

/** How far a fit is, with its latest losses. */
export function progressOf(
  state: FitState | undefined,
  { epochs, refit, penalised }: Settings,
  rowsASecond?: number,
): Told {
  if (penalised) return progressOfPenalised(0);
  if (!state) return { done: 0, of: refit ? 2 * epochs : epochs };
  const latest = state.curve.at(-1)!;
  return {
    done: epochsOf(state),
    ...(state.refit &&
      state.curve.length < epochs && { note: `stopped early, fitted to all rows for ${state.best.epoch} epochs` }),
    of: state.refit ? state.curve.length + state.best.epoch : refit ? 2 * epochs : epochs,
    figures: {
      ...lossesOf({ ...latest, train: state.refit?.at(-1) ?? latest.train }),
      ...(rowsASecond !== undefined && { 'rows/s': String(Math.round(rowsASecond)) }),
    },
  };
}
