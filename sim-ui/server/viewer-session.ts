import { UnderstudyError } from '../../env/error.ts';
import type { ContrastWish } from '../protocol/pairs.ts';
import type { Found, Search } from '../protocol/search.ts';
import type { Status } from '../protocol/status.ts';
import type { Update } from '../protocol/update.ts';
import type { Turns } from './acquaintances.ts';
import type { Contrast, Contrasted } from './contrast.ts';
import { type Finder, requireKnown } from './finder.ts';
import type { Inspector } from './inspector.ts';
import type { LiveRun } from './live-run.ts';
import { type Rebuild, sceneStatus } from './rebuild.ts';
import type { View } from './shown.ts';
import { type OnShow, type Present, Telling } from './telling.ts';
import type { Twin } from './twin.ts';

/** What a stage knows of two policies that are held against each other. */
export interface Contrasts {
  readonly twin: { readonly twin: Twin | undefined; readonly version: number };
  contrasted(view: View, of?: 'run' | 'twin'): Contrasted | undefined;
  contrast(of?: 'run' | 'twin'): Contrast;
  contrastWanted(): void;
}

/** What is one viewer's own of an update. */
type Personal = Pick<Update, 'inspection' | 'found' | 'alongside'>;

/** What is one viewer's own, for whoever tells it what everybody sees. */
export interface Own extends Personal, Pick<Update, 'apart' | 'differences'> {
  /** The tick that it looks back at, if that is news, complete in itself; null: the present again. */
  readonly past?: {
    readonly run: number;
    readonly status: Partial<Status>;
    readonly frame: Uint8Array;
    readonly traitSets: number[][];
  } | null;
}

/** What was sent to one viewer, and what is new for it. */
export class ViewerSession {
  readonly inspector: Inspector;
  readonly #run: LiveRun;
  readonly #rebuild: Rebuild;
  readonly #onChange: () => void;
  readonly #finder: Finder;
  readonly #telling: Telling;
  #search: Search | null = null;
  /** Of the search that was told last: what it was of. */
  #toldFound?: { readonly search: Search | null; readonly shown?: View['shown'] };
  #waiting?: NodeJS.Timeout;
  /** Counts what is found out about the agent that is inspected. */
  #inspected = 0;
  #toldInspected = -1;
  /** What is looked at, if it is not the present. */
  #past?: View;
  #toldPast?: View | undefined;
  /** Counts where it was turned to. */
  #turns = 0;
  /** The run whose town is seen beside, and that town as it was last. */
  #companion: number | null = null;
  #beside?: View;
  #toldBeside?: View | undefined;
  #turning = false;
  readonly #queue: Turns;
  readonly #contrasts: Contrasts;

  constructor(
    run: LiveRun,
    rebuild: Rebuild,
    status: () => Status,
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
    this.#contrasts = contrasts;
    this.#telling = new Telling(presentOf(run, status, contrasts));
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
    return this.#telling.wishes;
  }

  /** What this viewer wants to know of two policies that are held against each other. */
  wish(wishes: ContrastWish): void {
    this.#telling.wish(wishes);
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

  #composePersonal(): Personal {
    const found = this.#found();
    const inspected = this.#inspected !== this.#toldInspected;
    this.#toldInspected = this.#inspected;
    return {
      ...(inspected && { inspection: this.inspector.inspection }),
      ...(found !== undefined && { found }),
      ...this.#composeCompanion(),
    };
  }

  /** Everything that has changed since the last time, in one message. */
  compose(): { update: Update; frame: Uint8Array | null } {
    const { shared, frame } = this.#telling.compose(onShowOf(this.view, this.#contrasts));
    return { update: { ...shared, ...this.#composePersonal() }, frame };
  }

  /** What is this viewer's own and has changed since the last time; undefined if nothing has. */
  composeOwn(): Own | undefined {
    const past = this.#past;
    const turned = past !== this.#toldPast;
    this.#toldPast = past;
    // Of another tick everything is told anew.
    if (turned) this.#telling.wish(this.#telling.wishes);
    const onShow = past && onShowOf(past, this.#contrasts);
    const own: Own = {
      ...(turned && {
        past: onShow
          ? {
              ...{ run: onShow.run, status: onShow.past!, traitSets: onShow.traitSets() },
              frame: onShow.picture.frame({ key: false, traitSets: true }),
            }
          : null,
      }),
      ...(onShow && this.#telling.composeContrasts(onShow)),
      ...this.#composePersonal(),
    };
    return Object.keys(own).length > 0 ? own : undefined;
  }
}

/** What everybody sees of a run. */
const presentOf = (live: LiveRun, status: () => Status, contrasts: Contrasts): Present => ({
  get run() {
    return live.run;
  },
  status,
  pointsSince: (version) => live.pointsSince(version),
  runs: () => ({
    key: [live.history.version],
    read: () => ({ kept: live.history.recordings.map(({ info }) => info), dropped: live.history.dropped }),
  }),
  twin: () => {
    const { twin, version } = contrasts.twin;
    return { version, status: () => twin?.status() ?? null, picture: twin?.shown };
  },
});

/** What a viewer sees that looks at a tick. */
const onShowOf = (view: View, contrasts: Contrasts): OnShow => ({
  ...{ run: view.run, picture: view.shown, traitSets: () => traitSetsOf(view) },
  ...(view.past && {
    past: {
      ...sceneStatus(view),
      past: { run: view.run, seed: view.seed, policy: view.shown.decidedBy!.name },
    },
  }),
  apart: () => {
    const [run, twin] = [contrasts.contrasted(view), contrasts.contrasted(view, 'twin')];
    return {
      key: [
        ...(run ? contrasts.contrast().version(run) : []),
        ...(twin ? contrasts.contrast('twin').version(twin) : []),
      ],
      read: () =>
        run
          ? {
              ...{ run: view.run, tick: run.shown.tick, left: run.left.name, right: run.right.name },
              levels: contrasts.contrast().distances(run),
              ...(twin && { twin: { tick: twin.shown.tick, levels: contrasts.contrast('twin').distances(twin) } }),
            }
          : null,
    };
  },
  differences: () => {
    const run = contrasts.contrasted(view);
    return {
      key: run ? contrasts.contrast().version(run) : [],
      read: () => (run ? contrasts.contrast().differences(run) : null),
    };
  },
});

/** The trait sets of a run's people, as indices of traits. */
const traitSetsOf = ({ traitSets, scenario }: View): number[][] =>
  Array.from(traitSets, (set) => scenario.sets.indices(set));
