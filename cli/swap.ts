import type { Scenario } from '../env/scenario.ts';
import type { Selection } from '../sim/engine/selection.ts';

/** A swap as it is written: for everybody, or for those named. */
export interface WrittenSwap {
  readonly tick: number;
  readonly policy: string;
  readonly only?: Selection;
}

/** What stands before the first colon: a tick, and for whom; a phrase with a colon, a comma or an @ stands in quotes. */
const FORM = /^(\d+)(?:@((?:"[^"]*"|[^":])+))?:(.+)$/;
const SHARE = /^(?:(\d+(?:\.\d+)?)-)?(\d+(?:\.\d+)?)%$/;
const PHRASE = /\s*(?:"([^"]*)"|([^",]+))\s*(?:,|$)/y;

/**
 * Reads `TICK:POLICY`, `TICK@10%:POLICY`, `TICK@10-20%:POLICY` or `TICK@phrase,phrase:POLICY`. Whom it is for stands before the
 * first colon, so that no policy's name, whatever it has in it, is taken for that.
 * @returns undefined for anything else
 */
export function readSwap(text: string): WrittenSwap | undefined {
  const [, tick, who, policy] = FORM.exec(text) ?? [];
  if (policy === undefined) return undefined;
  if (who === undefined) return { tick: Number(tick), policy };
  const only = readSelection(who);
  return only && { tick: Number(tick), policy, only };
}

/** @returns undefined for what is neither a share nor phrases */
export function readSelection(text: string): Selection | undefined {
  const share = shareIn(text);
  if (share || /^[\d.\s-]*%$/.test(text)) return share;
  const traits: string[] = [];
  for (let at = 0; at < text.length; at = PHRASE.lastIndex) {
    PHRASE.lastIndex = at;
    const [, quoted, plain] = PHRASE.exec(text) ?? [];
    const phrase = (quoted ?? plain)?.trim();
    if (!phrase) return undefined;
    traits.push(phrase);
  }
  return { traits };
}

function shareIn(text: string): Selection | undefined {
  const [, from = '0', to] = SHARE.exec(text) ?? [];
  return to === undefined ? undefined : { share: [Number(from) / 100, Number(to) / 100] };
}

/**
 * A swap may also say at its end whom it is for, `TICK:POLICY@10%` or `TICK:POLICY@phrase,phrase`: it is read so if what
 * follows the last @ is a share, or phrases that are all traits of the scenario.
 */
export function withSuffix(swap: WrittenSwap, { traits }: Pick<Scenario, 'traits'>): WrittenSwap {
  const at = swap.policy.lastIndexOf('@');
  if (swap.only || at <= 0) return swap;
  const only = readSelection(swap.policy.slice(at + 1));
  if (!only || ('traits' in only && !only.traits.every((trait) => traits.includes(trait)))) return swap;
  return { ...swap, policy: swap.policy.slice(0, at), only };
}
