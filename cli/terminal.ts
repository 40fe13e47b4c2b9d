import type { ProgressEvent } from '../distill/progress.ts';
import { amount, duration } from './wording.ts';

/** Where a person follows the work: standard error, or a stand-in for tests. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REDRAW_MS = 100;
const LINE_MS = 5000;
/** Rates are those of the last so many milliseconds: remembered answers come in a burst that says nothing of the rest. */
const WINDOW_MS = 15_000;
const BAR = 20;

interface Stage {
  readonly name: string;
  readonly began: number;
  readonly marks: { readonly at: number; readonly done: number }[];
  last: ProgressEvent;
}

/**
 * Progress and log lines: on a terminal one live line that is redrawn, elsewhere plain lines every few seconds.
 * The clock is given so that a test can turn it.
 */
export class Terminal {
  private readonly screen: Screen;
  private readonly now: () => number;
  private readonly colour: boolean;
  private readonly redraws: boolean;
  /** Whether a person is looking. */
  readonly interactive: boolean;
  private stage?: Stage;
  private live = false;
  private shown = Number.NEGATIVE_INFINITY;

  constructor(
    screen: Screen,
    { now = () => performance.now(), env = process.env as Record<string, string | undefined> } = {},
  ) {
    this.screen = screen;
    this.now = now;
    this.colour = Boolean(screen.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
    this.interactive = Boolean(screen.isTTY);
    this.redraws = Boolean(screen.isTTY) && env.TERM !== 'dumb';
  }

  readonly log = (line: string): void => {
    // A stage that is complete belongs above what is said next.
    if (this.stage && this.stage.last.done >= this.stage.last.of) this.end();
    this.clear();
    this.screen.write(`${line}\n`);
    this.shown = Number.NEGATIVE_INFINITY;
  };

  readonly progress = (event: ProgressEvent): void => {
    const at = this.now();
    const fresh = this.stage?.name !== event.stage;
    if (fresh) {
      this.end();
      this.stage = { name: event.stage, began: at, marks: [], last: event };
      this.shown = Number.NEGATIVE_INFINITY;
    }
    const stage = this.stage!;
    stage.last = event;
    stage.marks.push({ at, done: event.done });
    while (stage.marks.length > 2 && stage.marks[1]!.at < at - WINDOW_MS) stage.marks.shift();
    if (at - this.shown < (this.redraws ? REDRAW_MS : LINE_MS)) return;
    this.shown = at;
    if (this.redraws) this.draw();
    else if (!fresh || event.done < event.of) this.screen.write(`${this.line()}\n`);
  };

  /** Closes the stage under way with a line of what it took. */
  end(): void {
    const { stage } = this;
    if (!stage) return;
    this.clear();
    const { last, began, name } = stage;
    const whole = last.done >= last.of;
    const took = duration((this.now() - began) / 1000);
    const counted =
      last.of > 1 ? `: ${amount(last.done, last.unit)}${whole ? '' : ` of ${amount(last.of, last.unit)}`}` : '';
    this.screen.write(
      `${this.paint(whole ? '32' : '33', whole ? '✓' : '–')} ${name}${counted} in ${took}${last.note && whole ? `, ${last.note}` : ''}\n`,
    );
    this.stage = undefined;
  }

  /** Bold, where the terminal shows it. */
  readonly strong = (text: string): string => this.paint('1', text);
  readonly error = (text: string): string => this.paint('31', text);

  private paint(code: string, text: string): string {
    return this.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  private draw(): void {
    const width = Math.max(20, (this.screen.columns ?? 80) - 1);
    const line = this.line();
    this.screen.write(`\r\u001b[2K${line.length > width ? `${line.slice(0, width - 1)}…` : line}`);
    this.live = true;
  }

  private clear(): void {
    if (!this.live) return;
    this.screen.write('\r\u001b[2K');
    this.live = false;
  }

  private line(): string {
    const { last, marks, name } = this.stage!;
    const { done, of, unit, note } = last;
    const first = marks[0]!;
    const seconds = (marks.at(-1)!.at - first.at) / 1000;
    const rate = seconds > 0.2 ? (done - first.done) / seconds : undefined;
    const share = of > 0 ? Math.min(1, done / of) : 0;
    return [
      name,
      ...(this.redraws && of > 1 ? [bar(share)] : []),
      ...(of > 1 ? [`${amount(done, unit)}/${amount(of, unit)} ${Math.floor(share * 100)} %`] : []),
      ...(rate ? [`${amount(rate >= 10 ? Math.round(rate) : Number(rate.toPrecision(2)), unit)}/s`] : []),
      ...(rate && done < of ? [`${duration((of - done) / rate)} left`] : []),
      ...(note ? [note] : []),
    ].join('  ');
  }
}

const bar = (share: number) => {
  const full = Math.round(share * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
};
