import type { Hello, Status } from '../protocol.ts';

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

/** What is happening, for the status line and for screen readers. */
export function clockInWords(status: Status, horizon: number): string {
  const asking = status.asking.find(({ why }) => why === 'tick');
  if (asking) return `Asking ${asking.policy}: ${integer(asking.done)} of ${integer(asking.of)} distinct observations`;
  if (status.clock === 'ended')
    return `Ended after ${integer(horizon)} ticks. Restart to play again under ${status.policy}.`;
  if (status.clock === 'playing') return `Playing under ${status.policy}`;
  return `Paused, ${status.policy} in charge`;
}

/** A policy in few letters: a server or a file by its model, a scenario's own policy by its name. */
export function policyLabel(name: string): string {
  if (name.startsWith('server:')) return name.split('#').at(-1)!;
  if (/^gguf:|\.onnx$|^recorded:/.test(name)) return name.split(/[/\\:]/).at(-1)!;
  return name.replace(/^policy:/, '');
}
