import { asyncScheduler, type Observable, type Subscription, throttleTime } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import { neighbourFactors } from '../../env/neighbours.ts';
import { actionsOnStage, crowdsOnStage, measuresOnStage } from '../../env/on-stage.ts';
import type { Hello, SelfDistance } from '../protocol/hello.ts';
import type { ContrastWish } from '../protocol/pairs.ts';
import type { Found, Search } from '../protocol/search.ts';
import { PROTOCOL } from '../protocol/socket.ts';
import type { Update } from '../protocol/update.ts';
import type { Turns } from './acquaintances.ts';
import type { Contrast, Contrasted } from './contrast.ts';
import { type Finder, requireKnown } from './finder.ts';
import type { Inspector } from './inspector.ts';
import type { LiveRun } from './live-run.ts';
import { type Rebuild, sceneStatus } from './rebuild.ts';
import type { View } from './shown.ts';
import type { Twin } from './twin.ts';

/** What a stage knows of two policies that are held against each other. */
export interface Contrasts {
  readonly twin: { readonly twin: Twin | undefined; readonly version: number };
  contrasted(view: View, of?: 'run' | 'twin'): Contrasted | undefined;
  contrast(of?: 'run' | 'twin'): Contrast;
  contrastWanted(): void;
}

/** What was sent to one viewer, and what is new for it. */
export class ViewerSession {
  readonly inspector: Inspector;
  readonly #run: LiveRun;
  readonly #rebuild: Rebuild;
  readonly #status: () => Update['status'];
  readonly #onChange: () => void;
  readonly #finder: Finder;
  #search: Search | null = null;
  /** Of the search that was told last: what it was of. */
  #toldFound?: { readonly search: Search | null; readonly shown?: View['shown'] };
  #waiting?: NodeJS.Timeout;
  #inspected = 0;
  /** What is looked at, if it is not the present. */
  #past?: View;
  /** Counts where it was turned to. */
  #turns = 0;
  #told = {
    ...{ run: -1, version: 0, runs: -1, inspected: -1 },
    picture: { run: -1, tick: -1, played: false },
  };
  /** The run whose town is seen beside, and that town as it was last. */
  #companion: number | null = null;
  #beside?: View;
  #toldBeside?: View | undefined;
  #turning = false;
  readonly #queue: Turns;
  readonly #contrasts: Contrasts;
  #wishes: ContrastWish = { twin: false, distances: false, differences: false };
  #toldContrast: {
    twin: number;
    pictured?: Twin['shown'];
    apart: readonly unknown[];
    differences: readonly unknown[];
  } = { twin: 0, apart: [], differences: [] };

  constructor(
    run: LiveRun,
    rebuild: Rebuild,
    status: () => Update['status'],
    contrasts: Contrasts,
    inspector: (view: () => View, onChange: () => void) => Inspector,
    onChange: () => void,
    finder: Finder,
    turns: Turns,
  ) {
    this.#queue = turns;
    this.#run = run;
    this.#finder = finder;
    this.#rebuild = rebuild;
    this.#status = status;
    this.#contrasts = contrasts;
    this.#onChange = onChange;
    this.inspector = inspector(
      () => this.view,
      () => {
        this.#inspected++;
        onChange();
      },
    );
  }

  get view(): View {
    return this.#past ?? this.#run;
  }

  get wishes(): ContrastWish {
    return this.#wishes;
  }

  /** What this viewer wants to know of two policies that are held against each other. */
  wish(wishes: ContrastWish): void {
    this.#wishes = wishes;
    // Told anew.
    this.#toldContrast = { ...this.#toldContrast, twin: -1, pictured: undefined, apart: [], differences: [] };
    this.#contrasts.contrastWanted();
  }

  /**
   * Looks at a tick that is over, or at the present. Only the last call counts.
   * @throws {UnderstudyError} as Rebuild.view does; what was looked at before stays
   */
  async look(at: { readonly run: number; readonly tick: number } | null): Promise<void> {
    const turn = ++this.#turns;
    const past = at ? await this.#rebuild.view(at.run, at.tick) : undefined;
    if (turn !== this.#turns) return;
    this.#past = past;
    this.inspector.refresh();
    this.#onChange();
  }

  /**
   * Looks for agents in whatever is on show; null for nobody.
   * @throws {RangeError} for words that the world does not have
   */
  find(search: Search | null): void {
    if (search) requireKnown(search, this.view, this.#run.places.length);
    this.#search = search;
    this.#onChange();
  }

  /**
   * The town of another run beside, at the tick that is looked at; null for none.
   * @throws {UnderstudyError} SERVE_PAST for a run that is gone or has no tick
   */
  async accompany(run: number | null): Promise<void> {
    if (run !== null && this.#run.history.require(run).ticks === 0)
      throw new UnderstudyError('SERVE_PAST', `run ${run + 1} has no tick to show yet`);
    this.#companion = run;
    this.#onChange();
  }

  /** Turns the town beside to the tick on show: one at a time, always the latest. */
  #turnCompanion(): void {
    const run = this.#companion;
    const recording = run === null ? undefined : this.#run.history.find(run);
    const { shown } = this.view;
    const now = shown.played ? shown.tick : shown.tick - 1;
    const tick = recording && Math.max(0, Math.min(now, recording.ticks - 1));
    if (tick === undefined || this.#turning || (this.#beside?.run === run && this.#beside.shown.tick === tick)) return;
    this.#turning = true;
    this.#queue
      .take(() => this.#rebuild.view(run!, tick))
      .then(
        (view) => {
          this.#beside = view;
        },
        () => {
          // Gone, or what was answered is: there is no other town then.
          if (this.#companion === run) this.#companion = null;
        },
      )
      .then(() => {
        this.#turning = false;
        this.#onChange();
      });
  }

  #composeCompanion(): Pick<Update, 'alongside'> {
    this.#turnCompanion();
    if (this.#companion === null) this.#beside = undefined;
    const view = this.#beside?.run === this.#companion ? this.#beside : undefined;
    if (this.#toldBeside === view) return {};
    const before = this.#toldBeside;
    this.#toldBeside = view;
    if (!view) return before ? { alongside: null } : {};
    const { run, seed, agents, shown } = view;
    const follows = before?.run === run && shown.tick === before.shown.tick + 1;
    return {
      alongside: {
        ...{ run, seed, agents, tick: shown.tick, policy: shown.decidedBy!.name },
        frame: shown.frame({ key: !follows, traitSets: true }),
        traitSets: traitSetsOf(view),
      },
    };
  }

  /** Nobody watches any more. */
  close(): void {
    clearTimeout(this.#waiting);
  }

  /** Who is looked for, if that is news; while the finder rests, the last that was told stays. */
  #found(): Found | null | undefined {
    const search = this.#search;
    const { shown } = this.view;
    if (this.#toldFound?.search === search && (search === null || this.#toldFound.shown === shown)) return undefined;
    if (search === null && !this.#toldFound) return undefined;
    if (search && this.#finder.rest > 0) {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(this.#onChange, this.#finder.rest + 1);
      return undefined;
    }
    this.#toldFound = { search, shown };
    return search && this.#finder.find(this.view, search);
  }

  /** Everything that has changed since the last time, in one message. */
  compose(): { update: Update; frame: Uint8Array | null } {
    const run = this.#run;
    const told = this.#told;
    const { view } = this;
    const { shown } = view;
    const restarted = told.run !== run.run;
    const { points, version } = run.pointsSince(restarted ? -1 : told.version);
    const { picture } = told;
    const another = picture.run !== view.run;
    const moved = another || picture.tick !== shown.tick || picture.played !== shown.played;
    const follows = !another && (shown.tick === picture.tick || (shown.tick === picture.tick + 1 && picture.played));
    const runs = run.history.version;
    const found = this.#found();
    const update: Update = {
      status: {
        ...this.#status(),
        ...(this.#past && {
          ...sceneStatus(this.#past),
          past: { run: view.run, seed: view.seed, policy: shown.decidedBy!.name },
        }),
      },
      points,
      reset: restarted,
      ...(another && { traitSets: traitSetsOf(view) }),
      ...(told.runs !== runs && { runs: runsOf(run.history) }),
      ...(told.inspected !== this.#inspected && { inspection: this.inspector.inspection }),
      ...(found !== undefined && { found }),
      ...this.#composeTwin(),
      ...this.#composeApart(),
      ...this.#composeDifferences(),
      ...this.#composeCompanion(),
    };
    const frame = moved ? shown.frame({ key: !follows, traitSets: another }) : null;
    this.#told = {
      ...{ run: run.run, version, runs, inspected: this.#inspected },
      picture: { run: view.run, tick: shown.tick, played: shown.played },
    };
    return { update, frame };
  }

  /** The twin, if something happened to it, and its town where that changed. */
  #composeTwin(): Pick<Update, 'twin'> {
    const { twin, version } = this.#contrasts.twin;
    const told = this.#toldContrast;
    if (told.twin === version) return {};
    told.twin = version;
    if (!twin) {
      told.pictured = undefined;
      return { twin: null };
    }
    const { shown } = twin;
    if (!this.#wishes.twin || told.pictured === shown) return { twin: twin.status() };
    const before = told.pictured;
    const follows = before && (shown.tick === before.tick || (shown.tick === before.tick + 1 && before.played));
    told.pictured = shown;
    return { twin: { ...twin.status(), frame: shown.frame({ key: !follows, traitSets: false }) } };
  }

  #composeApart(): Pick<Update, 'apart'> {
    if (!this.#wishes.distances) return {};
    const contrasts = this.#contrasts;
    const [run, twin] = [contrasts.contrasted(this.view), contrasts.contrasted(this.view, 'twin')];
    const key = [
      ...(run ? contrasts.contrast().version(run) : []),
      ...(twin ? contrasts.contrast('twin').version(twin) : []),
    ];
    if (sameKey(key, this.#toldContrast.apart)) return {};
    this.#toldContrast.apart = key;
    if (!run) return { apart: null };
    return {
      apart: {
        ...{ run: this.view.run, tick: run.shown.tick, left: run.left.name, right: run.right.name },
        levels: contrasts.contrast().distances(run),
        ...(twin && { twin: { tick: twin.shown.tick, levels: contrasts.contrast('twin').distances(twin) } }),
      },
    };
  }

  #composeDifferences(): Pick<Update, 'differences'> {
    if (!this.#wishes.differences) return {};
    const contrasts = this.#contrasts;
    const run = contrasts.contrasted(this.view);
    const key = run ? contrasts.contrast().version(run) : [];
    if (sameKey(key, this.#toldContrast.differences)) return {};
    this.#toldContrast.differences = key;
    return { differences: run ? contrasts.contrast().differences(run) : null };
  }
}

/** Equal parts, by identity. */
const sameKey = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((part, i) => part === b[i]);

/** The trait sets of a run's people, as indices of traits. */
const traitSetsOf = ({ traitSets, scenario }: View): number[][] =>
  Array.from(traitSets, (set) => scenario.sets.indices(set));

const runsOf = ({ recordings, dropped }: LiveRun['history']): NonNullable<Update['runs']> => ({
  kept: recordings.map(({ info }) => info),
  dropped,
});

/** What does not change while a world is played. */
export function helloOf(
  run: LiveRun,
  {
    version,
    boot,
    control,
    adjustable,
    selfDistance,
  }: { version: string; boot: string; control: boolean; adjustable: boolean; selfDistance?: SelfDistance },
): Hello {
  const { scenario } = run;
  const names = run.places.map(({ name }) => name);
  return {
    protocol: PROTOCOL,
    version,
    boot,
    scenario: {
      id: scenario.id,
      actions: actionsOnStage(scenario),
      traits: [...scenario.traits],
      traitGroups: scenario.groups
        .filter(({ kind }) => kind === 'traits')
        .map(({ name, phrases }) => ({ name, traits: [...phrases] })),
      contexts: [...scenario.contexts],
      day: scenario.staging?.day ?? 'Day',
      ticksPerDay: scenario.ticksPerDay,
      horizon: scenario.horizon,
      parameters: Object.entries(scenario.parameters).map(([name, { value, min, max, step }]) => ({
        ...{ name, value, min, max },
        ...(step !== undefined && { step }),
      })),
      measures: measuresOnStage(scenario),
      places: run.places,
      visitors: scenario.world
        .filter(({ levels }) => levels.some((level) => names.includes(String(level))))
        .map(({ name }) => {
          const drawing = scenario.staging?.visitors[name];
          return { name, ...(drawing && { drawing: [...drawing] }) };
        }),
      crowds: crowdsOnStage(scenario).map((crowd) => ({ ...crowd, levels: [...crowd.levels] })),
    },
    agents: run.agents,
    control,
    adjustable,
    ...(selfDistance && { selfDistance }),
    ...networkInWords(run),
  };
}

/** Who are neighbours, and what that makes. */
function networkInWords({ scenario, network }: LiveRun): Pick<Hello, 'network'> {
  const chosen = network ?? scenario.network;
  if (chosen === undefined) return {};
  const name = typeof chosen === 'string' ? chosen : 'file' in chosen ? String(chosen.file) : 'edges';
  return { network: { name, factors: neighbourFactors(scenario).map((factor) => factor.name) } };
}

/** At most this many messages are on their way to a viewer. */
export const WINDOW = 2;

/** Changes that come closer together than this are sent together: a screen shows no more. */
const INTERVAL_MS = 30;

/**
 * Tells one viewer what has changed, at the pace at which it acknowledges. While the window is full nothing is
 * composed and nothing is queued: when an acknowledgement comes, one message says how things are by then. So a slow
 * viewer sees fewer and always fresh pictures, and costs neither the run nor anybody else, nor any memory.
 * @param compose what to say now, or undefined if there is nothing new
 * @param deliver resolves when the viewer has acknowledged
 */
export function feed<T>(
  changes: Observable<unknown>,
  compose: () => T | undefined,
  deliver: (message: T) => Promise<void>,
  window = WINDOW,
): Subscription {
  let underWay = 0;
  let stale = false;
  const tell = () => {
    if (!stale || underWay >= window) return;
    stale = false;
    const message = compose();
    if (message === undefined) return;
    underWay++;
    deliver(message).then(() => {
      underWay--;
      if (!subscription.closed) tell();
    });
  };
  const subscription = changes
    .pipe(throttleTime(INTERVAL_MS, asyncScheduler, { leading: true, trailing: true }))
    .subscribe(() => {
      stale = true;
      tell();
    });
  return subscription;
}
