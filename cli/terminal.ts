import type { ProgressEvent } from '../env/work.ts';
import { bar, Stage, stageTable } from './stage.ts';
import { amount } from './wording.ts';

/** Where a person follows the work: standard error, or a stand-in for tests. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REDRAW_MS = 100;
const LINE_MS = 5000;
const BAR = 20;

/**
 * Progress and log lines: on a terminal a live line, or a table of what goes on together, that is redrawn; elsewhere
 * plain lines every few seconds. The clock is given so that a test can turn it.
 */
export class Terminal {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #colour: boolean;
  readonly #redraws: boolean;
  /** Whether a person is looking. */
  readonly interactive: boolean;
  readonly #stages = new Map<string, Stage>();
  /** Names of the stages that go on together; one or none where a stage goes on alone. */
  #together: readonly string[] = [];
  /** Lines that are drawn and will be drawn again. */
  #live = 0;
  /** Stages that have had their last line. */
  readonly #closed = new Set<string>();
  /** When a stage, or on a terminal what is live, was last written. */
  readonly #written = new Map<string, number>();

  constructor(
    screen: Screen,
    { now = () => performance.now(), env = process.env as Record<string, string | undefined> } = {},
  ) {
    this.#screen = screen;
    this.#now = now;
    this.#colour = Boolean(screen.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
    this.interactive = Boolean(screen.isTTY);
    this.#redraws = Boolean(screen.isTTY) && env.TERM !== 'dumb';
  }

  readonly log = (line: string): void => {
    // Stages that are complete belong above what is said next.
    if (this.#over()) this.end();
    this.#clear();
    this.#screen.write(`${line}\n`);
    this.#written.clear();
  };

  readonly progress = (event: ProgressEvent): void => {
    const at = this.#now();
    const known = this.#stages.get(event.stage);
    if (!known && !this.#together.includes(event.stage)) {
      this.end();
      this.#together = event.together ?? [];
    }
    const stage = known ?? new Stage(event, at);
    this.#stages.set(event.stage, stage);
    if (known) stage.tell(event, at);
    if (!this.#redraws && this.#grouped && stage.complete) {
      this.#close(stage);
      return;
    }
    const key = this.#redraws ? '' : event.stage;
    if (at - (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) < (this.#redraws ? REDRAW_MS : LINE_MS)) return;
    this.#written.set(key, at);
    if (this.#redraws) this.#draw();
    else if (known || !stage.complete) this.#screen.write(`${this.#line(stage)}\n`);
  };

  /** Closes what is under way with a line, or the last state of its table. */
  end(): void {
    if (this.#redraws && this.#grouped && this.#stages.size > 0) {
      this.#draw();
      this.#screen.write('\n');
      this.#live = 0;
    } else {
      this.#clear();
      for (const stage of this.#stages.values()) this.#close(stage);
    }
    this.#stages.clear();
    this.#together = [];
    this.#written.clear();
    this.#closed.clear();
  }

  /** Bold, where the terminal shows it. */
  readonly strong = (text: string): string => this.#paint('1', text);
  readonly error = (text: string): string => this.#paint('31', text);

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  get #grouped(): boolean {
    return this.#together.length > 1;
  }

  /** Whether all that began is complete, and nothing waits. */
  #over(): boolean {
    return (
      this.#stages.size >= Math.max(1, this.#together.length) && [...this.#stages.values()].every((one) => one.complete)
    );
  }

  /** A line of what a stage took; it is said once. */
  #close(stage: Stage): void {
    if (this.#closed.has(stage.name)) return;
    this.#closed.add(stage.name);
    const { last, complete, name } = stage;
    const counted =
      last.of > 1 ? `: ${amount(last.done, last.unit)}${complete ? '' : ` of ${amount(last.of, last.unit)}`}` : '';
    const said = complete ? details(stage).map((detail) => `, ${detail}`) : [];
    const mark = complete ? this.#paint('32', '✓') : this.#paint('33', '–');
    this.#screen.write(`${mark} ${name}${counted} in ${stage.took(this.#now())}${said.join('')}\n`);
  }

  #draw(): void {
    this.#clear();
    const width = Math.max(20, (this.#screen.columns || 80) - 1);
    const lines = this.#grouped
      ? stageTable(this.#together, this.#stages, this.#now())
      : [...this.#stages.values()].map((stage) => this.#line(stage));
    const fitting = lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    this.#screen.write(fitting.join('\n'));
    this.#live = fitting.length;
  }

  #clear(): void {
    if (this.#live === 1) this.#screen.write('\r\u001b[2K');
    if (this.#live > 1) this.#screen.write(`\r\u001b[${this.#live - 1}A\u001b[J`);
    this.#live = 0;
  }

  #line(stage: Stage): string {
    const { last, rate, timeLeft, share, counted, name } = stage;
    return [
      name,
      ...(this.#redraws && counted ? [bar(share, BAR)] : []),
      ...(counted ? [`${counted} ${Math.floor(share * 100)} %`] : []),
      ...(rate ? [`${amount(rate >= 10 ? Math.round(rate) : Number(rate.toPrecision(2)), last.unit)}/s`] : []),
      ...(timeLeft ? [`${timeLeft} left`] : []),
      ...details(stage),
    ].join('  ');
  }
}

/** What is said of a stage beside how far it is. */
const details = ({ last: { note, figures = {} } }: Stage): string[] => [
  ...Object.entries(figures).map(([name, value]) => `${name} ${value}`),
  ...(note ? [note] : []),
];
