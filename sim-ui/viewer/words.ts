import type { Alarm, FailureCount } from '../protocol/failures.ts';
import type { Hello } from '../protocol/hello.ts';
import type { Score } from '../protocol/policies.ts';
import type { Status } from '../protocol/status.ts';
import type { Heard } from '../protocol/verdicts.ts';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 10000 as 10,000. */
export const integer = (n: number): string => whole.format(n);

/** A total: 10,000, or 3.25. */
export const amount = (n: number): string =>
  Number.isInteger(n) || Math.abs(n) >= 1000 ? integer(n) : String(Number(n.toFixed(2)));

/** 1 agent, 10,000 agents. */
export const counted = (n: number, what: string): string => `${integer(n)} ${what}${n === 1 ? '' : 's'}`;

/** A probability or a difference of two: .412. */
export const decimal = (p: number, digits = 3): string => p.toFixed(digits);

export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A name that fits a line: its middle is left out, since its end tells servers' models apart. */
export const shortened = (name: string, length = 30): string =>
  name.length <= length
    ? name
    : `${name.slice(0, Math.ceil(length * 0.4))}…${name.slice(1 - Math.floor(length * 0.6))}`;

/** When the tick on show is: "Day 3, 14:00", or by its number where the scenario has no clock. */
export function whenInWords(
  { day, tick, scene }: Pick<Status, 'day' | 'tick' | 'scene'>,
  scenario: Pick<Hello['scenario'], 'day' | 'ticksPerDay' | 'horizon'>,
): string {
  const days = scenario.ticksPerDay < scenario.horizon ? [`${scenario.day} ${day}`] : [];
  const within = scene.clock ?? (scenario.ticksPerDay > 1 ? `tick ${integer(tick)}` : undefined);
  return capital([...days, ...(within === undefined ? [] : [within])].join(', '));
}

/** How long ago, coarse enough not to flicker. */
export function ageInWords(ms: number): string {
  if (ms < 1000) return 'just now';
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return `${Math.floor(ms / 3_600_000)} h ago`;
}

/** A length of time: "0.8 s", "42 s", "3 min", "2 h 10 min". */
export function durationInWords(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What is happening, for the status line and for screen readers. */
export function clockInWords(status: Status, horizon: number): string {
  const asking = status.asking.find(({ why }) => why === 'tick');
  if (asking)
    return `Asking ${policyLabel(asking.policy)}: ${integer(asking.done)} of ${integer(asking.of)} distinct observations`;
  return announcedInWords(status, horizon);
}

/** What screen readers hear of it: that the teacher is asked and how far is no news, so a swap is one sentence. */
export function announcedInWords(
  { clock, playing, policy }: Pick<Status, 'clock' | 'playing' | 'policy'>,
  horizon: number,
): string {
  if (clock === 'ended') return `Ended after ${counted(horizon, 'tick')}`;
  return playing ? `Playing under ${policyLabel(policy)}` : `Paused, ${policyLabel(policy)} in charge`;
}

/** The time of day at which something happened: 14:03:22. */
export const timeInWords = (at: Date): string =>
  at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A day and a time of it: 30 Nov 2026, 14:03. */
export const momentInWords = (at: Date): string =>
  at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const kindInWords: Record<FailureCount['kind'], string> = {
  unparsable: 'unreadable',
  refused: 'refused',
  timeout: 'out of time',
  missing: 'not in its file',
};
/** How a question ended without a probability. */
export const failureInWords = (kind: FailureCount['kind']): string => kindInWords[kind];

/** "1,200 of 10,000 agents got no answer from tiny at tick 3: 1,200 unreadable." */
export function alarmInWords({ policy, tick, failed, of, kinds }: Alarm): string {
  const parts = kinds.map(({ kind, agents }) => `${integer(agents)} ${failureInWords(kind)}`).join(', ');
  return `${integer(failed)} of ${counted(of, 'agent')} got no answer from ${policyLabel(policy)} at tick ${tick}: ${parts}.`;
}

const rungInWords: Record<NonNullable<Heard['rung']>, string> = {
  json: 'its reply is the JSON object that was asked for',
  object: 'the first JSON object in its reply',
  words: 'a number in the words of its reply',
};
/** How an answer was read; undefined if there is nothing to say. */
export function readingInWords({ outcome, rung, spread, orders }: Heard): string | undefined {
  if (outcome !== 'ok') return `No answer: ${failureInWords(outcome)}`;
  if (rung) return `Read as: ${rungInWords[rung]}`;
  if (spread)
    return `Read as: the mean of the distribution of its number (sd ${decimal(spread.sd)}, ${decimal(spread.missing)} of the probability in no number)`;
  if (orders) {
    const moved = orders.bias === null ? '' : `, their order moves ${decimal(orders.bias)}`;
    return `Read as: P of the options in ${counted(orders.count, 'order')} (${decimal(orders.mass)} of the probability in options${moved})`;
  }
  return undefined;
}

/** How far a student typically lies from what it learned: "±0.005". */
export const scoreInWords = ({ rmse }: Score): string => `±${rmse.toFixed(rmse >= 0.1 ? 2 : rmse >= 0.001 ? 3 : 4)}`;

/** What that number is. */
export function scoreExplained({ rmse, r2, on, rows }: Score): string {
  const where =
    on === 'test'
      ? `${rows === undefined ? 'the test rows' : counted(rows, 'test row')} of this workspace's evaluation`
      : 'the states that its training held back';
  const explained = r2 === undefined ? '' : `, R² ${decimal(r2)}`;
  return `typical distance of its P from the labels (root mean squared error ${rmse.toPrecision(3)}${explained}), on ${where}`;
}

/** A policy in few letters: a server or a file by its model, a scenario's own policy by its name. */
export function policyLabel(name: string): string {
  if (name.startsWith('server:')) return name.split('#').at(-1)!;
  if (/^gguf:|\.onnx$|^recorded:/.test(name)) return name.split(/[/\\:]/).at(-1)!;
  return name.replace(/^policy:/, '');
}

/** Where it runs or lies, if its label leaves that out: the hosts of a server, the folder of a file. */
export function policyPlace(name: string): string | undefined {
  if (name.startsWith('server:'))
    return name
      .slice('server:'.length)
      .split('#')[0]!
      .split(',')
      .map((url) => url.replace(/^\w+:\/\//, '').split('/')[0]!)
      .join(', ');
  const file = /^(?:gguf:|recorded:)?(.+)[/\\][^/\\]+$/.exec(name);
  return file && policyLabel(name) !== name ? file[1] : undefined;
}
