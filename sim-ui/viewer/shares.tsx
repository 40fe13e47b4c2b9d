import { actions } from './store.ts';
import { decimal } from './words.ts';

/** Shares of the actions that sum to 1, as one bar in their colours; in words for screen readers and under the pointer. */
export function Shares({ shares, words }: { shares: readonly number[]; words?: string }) {
  const text =
    words ??
    actions.value
      .map(({ name }, i) => `${name} ${decimal(shares[i] ?? 0, 2)}`)
      .filter((_, i) => (shares[i] ?? 0) >= 0.005)
      .join(', ');
  return (
    <span class="shares" role="img" aria-label={text} title={text}>
      {actions.value.map(({ name, colour }, i) => (
        <i key={name} style={{ width: `${100 * (shares[i] ?? 0)}%`, background: colour }} />
      ))}
    </span>
  );
}
