import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import { merge, of } from 'rxjs';
import { Server } from 'socket.io';
import { z } from 'zod';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { defaultPolicy, defaultTeacher, requireTeacherName } from '../../policies/open.ts';
import { currentBudget } from '../../policies/spending/budget.ts';
import type { OpenStudy } from '../../scenarios/study.ts';
import { openNetwork } from '../../sim/network.ts';
import { ownPackage } from '../../workspace/package.ts';
import { acquaintSchema, inspectSchema, lifeSchema } from '../protocol/agents.ts';
import { commandSchema } from '../protocol/commands.ts';
import { alongsideSchema, contrastSchema } from '../protocol/pairs.ts';
import { reaskSchema, weighSchema, whatIfSchema } from '../protocol/questions.ts';
import { lookSchema, recallSchema } from '../protocol/runs.ts';
import { findSchema } from '../protocol/search.ts';
import { authSchema, type Reply, type ServerToViewer, type ViewerToServer } from '../protocol/socket.ts';
import { workSchema } from '../protocol/work.ts';
import { Budget } from './budget.ts';
import { messageOf } from './cast.ts';
import { refusal, SECURITY_HEADERS, sameToken } from './guard.ts';
import { reportPages } from './report-pages.ts';
import { ResultsList } from './results-list.ts';
import { Theatre } from './theatre.ts';
import { keptToken } from './token.ts';
import { townPage, viewerFiles } from './town-page.ts';
import { feed, helloOf } from './viewer-session.ts';
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

/** What onnxruntime loads in a browser. */
const RUNTIME = 'ort-wasm-simd-threaded';
/** Viewers at the same time, at most: each is composed for on its own. */
const MOST_VIEWERS = 100;
/** Path of the socket. */
export const SOCKET_PATH = '/socket';

/**
 * Serves one run to the viewers of this machine: the page, GET /api/health, and a socket (protocol/). Within `withLimits`, whatever
 * pages and the run ask a language model is held to the limits; what is begun from a page is held to what is left of them.
 * @throws {UnderstudyError} for a busy port, a host that is not loopback, a viewer that was not built
 * @throws what openPolicy throws for the policy that is in charge at first, and for a teacher whose name is unknown
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { host = '127.0.0.1', autoplay = true, log, signal } = options;
  const directory = viewerFiles(options.viewer);
  if (!['127.0.0.1', 'localhost', '::1'].includes(host))
    throw new UnderstudyError(
      'SERVE_HOST',
      `cannot serve on ${host}: only on this machine (127.0.0.1, localhost, ::1)`,
    );
  signal?.throwIfAborted();

  const scenario = requireDynamics(options.scenario, 'the viewer');
  const { seed = 0, teacher = await defaultTeacher(scenario, options.workspace) } = options;
  requireTeacherName(teacher, options.workspace);
  const { policy = await defaultPolicy(scenario, options.workspace ?? '.', teacher) } = options;
  const network = options.network === undefined ? undefined : await openNetwork(options.network, log);
  const budget = currentBudget();
  const theatre = await Theatre.open({ ...options, scenario, seed, teacher, policy, network, budget });
  const { workspace = '.', source, pageQuestions = 10_000 } = options;
  const workshop = await Workshop.open({
    ...{ scenario, source, workspace, teacher, questions: pageQuestions, budget, log },
    onTrained: (students) => theatre.adopt(students),
    onEvaluated: () => theatre.stage.rescore(),
  });
  try {
    const { version } = ownPackage();
    const token = await keptToken(workspace, log);
    const boot = randomBytes(8).toString('hex');
    const app = page(directory, theatre, { version, workspace });
    const io = sockets(app, theatre, workshop, { version, boot, token, autoplay, directory, workspace });
    const port = await listen(app, host, options.port ?? 0);
    let closing: Promise<void> | undefined;
    const close = () =>
      (closing ??= (async () => {
        // Closed and not dismissed: viewers try again, and are there when the server is.
        io.engine.close();
        await Promise.all([app.close(), workshop.close()]);
        await theatre.close();
      })());
    signal?.addEventListener('abort', () => void close(), { once: true });
    log?.(`serving ${options.scenario.id} with ${options.agents} agents on ${host}:${port}`);
    return {
      url: `http://${host === '::1' ? '[::1]' : host}:${port}/#token=${token}`,
      token,
      port,
      policy,
      teacher,
      close,
    };
  } catch (error) {
    await workshop.close();
    await theatre.close();
    throw error;
  }
}

/** The files of the viewer, the students that it computes and the health check, for loopback names only. */
function page(
  directory: string,
  theatre: Theatre,
  { version, workspace }: { version: string; workspace: string },
): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const refused = refusal(request.headers);
    if (refused) return reply.code(403).send({ ok: false, code: 'REFUSED', message: refused });
  });
  app.get('/api/health', async () => theatre.stage.health(version));
  app.get<{ Params: { sha256: string } }>('/api/students/:sha256.onnx', async ({ params }, reply) => {
    const onnx = theatre.stage.cast.network(params.sha256);
    if (!onnx) return reply.callNotFound();
    return reply.type('application/octet-stream').send(onnx);
  });
  reportPages(app, workspace);
  app.register(fastifyStatic, { root: directory, cacheControl: false });
  app.register(fastifyStatic, {
    root: dirname(createRequire(import.meta.url).resolve(`onnxruntime-web/${RUNTIME}.wasm`)),
    prefix: '/runtime/',
    allowedPath: (path) => [`/${RUNTIME}.wasm`, `/${RUNTIME}.mjs`].includes(path),
    cacheControl: false,
    decorateReply: false,
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ ok: false, code: 'NOT_FOUND', message: `nothing at ${request.url}` }),
  );
  return app;
}

function sockets(
  app: FastifyInstance,
  theatre: Theatre,
  workshop: Workshop,
  {
    version,
    boot,
    token,
    autoplay,
    directory,
    workspace,
  }: { version: string; boot: string; token: string; autoplay: boolean; directory: string; workspace: string },
): Server<ViewerToServer, ServerToViewer> {
  const io = new Server<ViewerToServer, ServerToViewer>(app.server, {
    path: SOCKET_PATH,
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: 16_384,
    // A page learns within half a minute that a server is dead which closed nothing; one that computes has the time.
    pingInterval: 10_000,
    pingTimeout: 20_000,
    allowRequest: (request, decide) => {
      const refused =
        refusal(request.headers) ?? (io.engine.clientsCount >= MOST_VIEWERS ? 'too many viewers' : undefined);
      decide(refused ?? null, refused === undefined);
    },
  });
  let begun = !autoplay;
  const results = new ResultsList(workspace);
  io.on('connection', (socket) => {
    const auth = authSchema.safeParse(socket.handshake.auth);
    const control = auth.success && sameToken(auth.data.token, token);
    /** Watches the stage of the moment, until it is left. */
    const watch = () => {
      const { stage } = theatre;
      const watcher = stage.enter(control);
      socket.emit(
        'hello',
        helloOf(stage.run, {
          ...{ version, boot, control, adjustable: theatre.adjustable },
          selfDistance: stage.selfDistance,
        }),
      );
      const telling = feed(
        stage.changes,
        () => watcher.compose(),
        ({ update, frame }) =>
          new Promise((acknowledged) => socket.emit('update', update, frame, () => acknowledged())),
      );
      const leave = () => {
        telling.unsubscribe();
        stage.leave(watcher);
      };
      return { watcher, leave };
    };
    const budget = new Budget();
    socket.use(([, ...rest], next) => {
      const verdict = budget.spend();
      if (verdict === 'heard') return next();
      const reply = rest.at(-1);
      if (typeof reply === 'function') reply({ ok: false, code: 'SERVE_BUDGET', message: Budget.refusal });
      if (verdict === 'gross') socket.disconnect(true);
    });
    let watching = watch();
    const following = theatre.replaced.subscribe(() => {
      watching.leave();
      watching = watch();
      theatre.stage.announce();
    });
    socket.on('command', (payload, reply) =>
      answer(reply, commandSchema, payload, (command) => {
        if (!control)
          throw new UnderstudyError(
            'SERVE_COMMAND',
            'watching is open, control needs the token of the URL that the server printed',
          );
        theatre.requireCalm();
        if (command.do === 'restart' && (command.parameters || command.agents !== undefined))
          return theatre.restart(command);
        if (command.do === 'steer') return theatre.steer(command.parameters);
        if (command.do === 'fork') return theatre.fork(command.run, command.tick, command.policy);
        if (command.do === 'split') return theatre.split(command.policy, command.since);
        theatre.stage.command(command);
      }),
    );
    socket.on('contrast', (payload, reply) =>
      answer(reply, contrastSchema, payload, (wishes) => watching.watcher.wish(wishes)),
    );
    socket.on('whatIf', (payload, reply) =>
      answer(reply, whatIfSchema, payload, (question) => theatre.stage.questions.whatIf(question, control)),
    );
    socket.on('weigh', (payload, reply) =>
      answer(reply, weighSchema, payload, (question) => theatre.stage.questions.weigh(question, control)),
    );
    socket.on('reask', (payload, reply) =>
      answer(reply, reaskSchema, payload, (question) => theatre.stage.questions.reask(question, control)),
    );
    socket.on('inspect', (payload, reply) =>
      answer(reply, inspectSchema, payload, ({ agent }) => watching.watcher.inspector.look(agent)),
    );
    socket.on('find', (payload, reply) =>
      answer(reply, findSchema, payload, ({ search }) => watching.watcher.find(search)),
    );
    socket.on('alongside', (payload, reply) =>
      answer(reply, alongsideSchema, payload, ({ run }) => watching.watcher.accompany(run)),
    );
    socket.on('look', (payload, reply) => answer(reply, lookSchema, payload, ({ at }) => watching.watcher.look(at)));
    socket.on('recall', (payload, reply) => answer(reply, recallSchema, payload, ({ run }) => theatre.pointsOf(run)));
    // One page of a life at a time: who has not got one yet gets no other.
    let reading = false;
    socket.on('life', (payload, reply) =>
      answer(reply, lifeSchema, payload, async ({ run, agent, from }) => {
        if (reading) throw new UnderstudyError('SERVE_COMMAND', 'another page of a life is on its way');
        reading = true;
        try {
          return await theatre.stage.life(run, agent, from);
        } finally {
          reading = false;
        }
      }),
    );
    socket.on('acquaint', (payload, reply) =>
      answer(reply, acquaintSchema, payload, ({ run, agent }) => theatre.stage.acquaint(run, agent)),
    );
    socket.on('save', (payload, reply) =>
      answer(reply, recallSchema, payload, async ({ run }) => {
        if (!control) throw new UnderstudyError('SERVE_COMMAND', 'a page is written for those who have the token');
        const { run: live } = theatre.stage;
        const hello = helloOf(live, { version, boot, control, adjustable: false });
        const recording = await theatre.record(run, hello);
        return townPage(directory, recording, `Understudy · ${live.scenario.id}`);
      }),
    );
    socket.on('work', (payload, reply) =>
      answer(reply, workSchema, payload, (wish) => {
        if (!control)
          throw new UnderstudyError('SERVE_COMMAND', 'work in the workspace is for those who have the token');
        return workshop.work(wish);
      }),
    );
    socket.on('results', (payload, reply) => answer(reply, z.strictObject({}), payload, () => results.read()));
    const hearing = feed(
      merge(of(undefined), workshop.changes),
      () => workshop.state(),
      (state) => new Promise((acknowledged) => socket.emit('workshop', state, () => acknowledged())),
    );
    socket.on('disconnect', () => {
      hearing.unsubscribe();
      following.unsubscribe();
      watching.leave();
    });
    if (control && !begun) {
      begun = true;
      theatre.stage.command({ do: 'play' });
    }
    theatre.stage.announce();
  });
  return io;
}

/** Checks a payload, acts on it and says how that went, with what came of it; a viewer's mistake is an answer, not a crash. */
async function answer<S extends z.ZodType>(
  reply: unknown,
  schema: S,
  payload: unknown,
  act: (payload: z.infer<S>) => unknown,
): Promise<void> {
  const respond = (result: Reply, more?: unknown) => {
    if (typeof reply === 'function') reply(result, more);
  };
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue!.path.join('.');
    respond({ ok: false, code: 'MALFORMED', message: `${where ? `${where}: ` : ''}${issue!.message}` });
    return;
  }
  try {
    const more = await act(parsed.data);
    respond({ ok: true }, more);
  } catch (error) {
    respond({ ok: false, code: error instanceof UnderstudyError ? error.code : 'REFUSED', message: messageOf(error) });
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new UnderstudyError(
        'SERVE_PORT',
        `port ${port} on ${host} is in use; choose another with --port N, or --port 0 for any free one`,
        { cause: error },
      );
    if (code === 'EACCES')
      throw new UnderstudyError(
        'SERVE_PORT',
        `port ${port} on ${host} needs rights that this process lacks; choose one above 1023`,
        {
          cause: error,
        },
      );
    throw error;
  }
  return (app.server.address() as AddressInfo).port;
}
