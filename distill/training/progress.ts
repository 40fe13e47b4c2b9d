import type { ProgressEvent } from '../../workspace/progress.ts';
import type { FitState } from './fit-job.ts';
import type { Settings } from './settings.ts';

/** Epochs run so far: to know when to stop, and on all rows. */
export const epochsOf = ({ curve, refit = [] }: FitState): number => curve.length + refit.length;

/** How far a fit is, with its latest losses. */
export function progressOf(
  state: FitState | undefined,
  { epochs, refit }: Settings,
  rowsASecond?: number,
): Pick<ProgressEvent, 'done' | 'of' | 'figures' | 'note'> {
  if (!state) return { done: 0, of: refit ? 2 * epochs : epochs };
  const { train, validation, mse } = state.curve.at(-1)!;
  return {
    done: epochsOf(state),
    ...(state.refit &&
      state.curve.length < epochs && { note: `stopped early, fitted to all rows for ${state.best.epoch} epochs` }),
    of: state.refit ? state.curve.length + state.best.epoch : refit ? 2 * epochs : epochs,
    figures: {
      loss: (state.refit?.at(-1) ?? train).toFixed(4),
      validation: validation.toFixed(4),
      'squared error': mse.toFixed(5),
      ...(rowsASecond !== undefined && { 'rows/s': String(Math.round(rowsASecond)) }),
    },
  };
}
