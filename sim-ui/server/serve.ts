import { randomBytes } from 'node:crypto';
import { merge, of } from 'rxjs';
import type { Vocabulary } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { defaultPolicy, defaultTeacher, requireTeacherName } from '../../policies/open.ts';
import { currentBudget } from '../../policies/spending/budget.ts';
import type { OpenStudy } from '../../scenarios/study.ts';
import { openNetwork } from '../../sim/network.ts';
import { ownPackage } from '../../workspace/package.ts';
import type { Carrier } from '../follow/carrier.ts';
import { attend } from './attend.ts';
import { feed } from './feed.ts';
import { addressOf, listen, requireLoopback } from './listen.ts';
import { page } from './page.ts';
import { requestNames } from './requests.ts';
import { ResultsList } from './results-list.ts';
import { openSockets, type ViewerSocket } from './sockets.ts';
import { Theatre } from './theatre.ts';
import { keptToken } from './token.ts';
import { mayControl, type Town, townPages } from './town.ts';
import { viewerFiles } from './town-page.ts';
import { Workshop } from './workshop.ts';

export interface ServeOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  readonly agents: number;
  /** Who are neighbours: the name of a generator, or a CSV file of edges. Default: the scenario's. */
  readonly network?: string;
  /** In charge at first. Default: the mlp, or another student of the scenario, otherwise the teacher. */
  readonly policy?: string;
  /** Default: that of defaultTeacher. */
  readonly teacher?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly workspace?: string;
  /** The scenario with other values of its parameters, for viewers that change them. Without it they stay what they are. */
  readonly reopen?: (parameters: Readonly<Record<string, number>>) => Promise<Vocabulary>;
  /** Where the scenario comes from, so that another process can open it: without it no work is begun from a page. */
  readonly source?: OpenStudy['source'];
  /**
   * Questions that studies and trainings begun from pages may put to a teacher that is not on this machine, all together.
   * Default 10,000.
   */
  readonly pageQuestions?: number;
  /** A loopback name or address; default 127.0.0.1. */
  readonly host?: string;
  /** Whether the run begins when a viewer with control first connects; default true. */
  readonly autoplay?: boolean;
  /** A run that plays pauses after a tick in which more than this share of agents got no answer; 1 for never. Default .1. */
  readonly pauseAboveFailures?: number;
  /** Hears of a limit on spending (`withLimits`) that is reached: the run pauses, and work from a page ends. */
  readonly onLimit?: (sentence: string) => void;
  /**
   * A Redis or Valkey server through which other processes may serve further viewers of the run (`follow`):
   * redis://HOST:PORT/DB.
   */
  readonly share?: string;
  /** Hears how many processes follow, and whether that server is there. */
  readonly onShare?: (sentence: string) => void;
  /** Folder of the built viewer; default: the package's. */
  readonly viewer?: string;
}

export interface Serving {
  /** For people who may control the run: it carries the token. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** Who was in charge at first, and the teacher, by their names. */
  readonly policy: string;
  readonly teacher: string;
  close(): Promise<void>;
}

/**
 * Serves one run to the viewers of this machine: the page, GET /api/health, and a socket (protocol/). Within `withLimits`, whatever
 * pages and the run ask a language model is held to the limits; what is begun from a page is held to what is left of them.
 * @throws {UnderstudyError} for a busy port, a host that is not loopback, a viewer that was not built, a server to share it
 *   through that is not there or has another town
 * @throws what openPolicy throws for the policy that is in charge at first, and for a teacher whose name is unknown
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { host = '127.0.0.1', share } = options;
  const directory = viewerFiles(options.viewer);
  requireLoopback(host);
  options.signal?.throwIfAborted();
  const carrier =
    share === undefined ? undefined : await (await import('../follow/carrier.ts')).redisCarrier(share, '--share');
  try {
    return await serveTown({ ...options, host }, directory, carrier);
  } catch (error) {
    carrier?.close();
    throw error;
  }
}

async function serveTown(
  { host, autoplay = true, log, signal, ...options }: ServeOptions & { readonly host: string },
  directory: string,
  carrier: Carrier | undefined,
): Promise<Serving> {
  const scenario = requireDynamics(options.scenario, 'the viewer');
  const { seed = 0, teacher = await defaultTeacher(scenario, options.workspace) } = options;
  requireTeacherName(teacher, options.workspace);
  const { policy = await defaultPolicy(scenario, options.workspace ?? '.', teacher) } = options;
  const network = options.network === undefined ? undefined : await openNetwork(options.network, log);
  const budget = currentBudget();
  const theatre = await Theatre.open({ ...options, log, signal, scenario, seed, teacher, policy, network, budget });
  const { workspace = '.', source, pageQuestions = 10_000 } = options;
  const workshop = await Workshop.open({
    ...{ scenario, source, workspace, teacher, questions: pageQuestions, budget, log },
    onTrained: (students) => theatre.adopt(students),
    onEvaluated: () => theatre.stage.rescore(),
  });
  const app = page(directory);
  try {
    let begun = !autoplay;
    const town: Town = {
      ...{ theatre, workshop, directory, workspace, version: ownPackage().version },
      ...{ boot: randomBytes(8).toString('hex'), token: await keptToken(workspace, log) },
      results: new ResultsList(workspace),
      begin: () => {
        if (!begun) theatre.stage.command({ do: 'play' });
        begun = true;
      },
    };
    townPages(app, town);
    const io = openSockets(app.server, (socket, token) => seat(town, socket, token));
    const port = await listen(app, host, options.port ?? 0);
    const sharing = carrier && (await (await import('../follow/share.ts')).share(town, app, carrier, options.onShare));
    let closing: Promise<void> | undefined;
    const close = () =>
      (closing ??= (async () => {
        await sharing?.close();
        // Closed and not dismissed: viewers try again, and are there when the server is.
        io.engine.close();
        await Promise.all([app.close(), workshop.close()]);
        await theatre.close();
      })());
    signal?.addEventListener('abort', () => void close(), { once: true });
    log?.(`serving ${options.scenario.id} with ${options.agents} agents on ${host}:${port}`);
    return {
      url: `${addressOf(host, port)}#token=${town.token}`,
      token: town.token,
      port,
      policy,
      teacher,
      close,
    };
  } catch (error) {
    await app.close();
    await workshop.close();
    await theatre.close();
    throw error;
  }
}

/** A viewer at this process's own socket. */
function seat(town: Town, socket: ViewerSocket, token: string | undefined): void {
  const attendance = attend(town, mayControl(town, token), {
    hello: (hello) => socket.emit('hello', hello),
    compose: (session) => session.compose(),
    deliver: ({ update, frame }) =>
      new Promise((acknowledged) => socket.emit('update', update, frame, () => acknowledged())),
  });
  for (const event of requestNames)
    socket.on(event, async (payload: unknown, reply: unknown) => {
      const answered = await attendance.ask(event, payload);
      if (typeof reply === 'function') reply(...answered);
    });
  const hearing = feed(
    merge(of(undefined), town.workshop.changes),
    () => town.workshop.state(),
    (state) => new Promise((acknowledged) => socket.emit('workshop', state, () => acknowledged())),
  );
  socket.on('disconnect', () => {
    hearing.unsubscribe();
    attendance.leave();
  });
}
