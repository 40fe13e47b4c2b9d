import { grouped } from '../report/wording.ts';
import { limitOptions } from './limits.ts';
import { integer, number, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';

/** Flags of a process that plays no run itself. */
const FOLLOWING: readonly string[] = ['follow', 'port', 'json', 'verbose'];

export default defineVerb({
  name: 'serve',
  summary: 'the town in the browser: watch, pause, swap the policy',
  description: [
    'Serves the viewer on this machine only (127.0.0.1) and prints its URL. That URL controls the run; without its token a viewer can only watch, and language models are not asked for it. The token is kept in the workspace (.understudy/viewer-token, for your eyes only), so the URL holds when you serve again; delete the file for a new one. GET /api/health reports the state of the run.',
    'Who controls the run may also change the parameters of the scenario, each time in a run that begins anew. The workspace keeps the values that it was made with.',
    'Under Study, who controls the run may ask a teacher, train students and make a whole study, as dataset, train, evaluate and study do it; what is trained can be chosen at once. GET /report/ is the report of the workspace.',
    'With --max-cost, --max-questions or --max-tokens all that the run and its pages ask language models is held to that: the run pauses, work begun from a page ends, and both say why. While such work goes on under --max-cost or --max-tokens, the run’s own teacher waits for it.',
    'With --share, other processes serve further viewers of the run, on this machine or others: understudy serve --follow, with the same address. A town plays on while the server is away. A follower waits for a town, and for one that is gone; it needs no workspace and no model, and the same version of understudy. The token of the town’s own URL gives control there too.',
    'Ctrl-C ends it with exit status 0.',
  ].join('\n'),
  world: 'reads',
  elsewhere: 'follow',
  options: {
    agents: integer('Number of people in the town.', { default: 10_000, min: 1 }),
    network: text(
      'Neighbours, in a scenario that has them: ring:K, small-world:K,P, scale-free:M, or a CSV file of edges.',
      {
        shown: "the scenario's",
        placeholder: 'NETWORK',
      },
    ),
    policy: text('Policy at the start: student:NAME, a path to .onnx, constant:P, uniform or a teacher.', {
      shown: 'student:mlp, or who is there: another student, otherwise the teacher',
      placeholder: 'POLICY',
    }),
    teacher: text('Teacher to swap to and to compare with.', {
      shown: 'tiny or oracle, by the scenario',
    }),
    'pause-above-failures': number(
      'Pause after a tick in which more than this share of agents got no answer; 1: never.',
      {
        default: 0.1,
        min: 0,
        max: 1,
        placeholder: 'SHARE',
      },
    ),
    'page-questions': integer(
      'Questions that studies and trainings begun from the page may put to a teacher that is not on this machine, all together; each asks somebody to agree first.',
      { default: 10_000, min: 0 },
    ),
    ...limitOptions,
    share: text(
      'Server (Redis or Valkey) through which understudy serve --follow serves viewers of this run; one run for each number of a database.',
      { placeholder: 'redis://HOST:PORT/DB', shown: 'viewers come here only' },
    ),
    follow: text('Serves viewers of the run that another process shares through this server, and plays none itself.', {
      placeholder: 'redis://HOST:PORT/DB',
      shown: 'a run of its own',
    }),
    port: integer('Port on 127.0.0.1; 0 for any free one.', { default: 8642, min: 0, max: 65_535 }),
  },
  examples: [
    ['understudy serve', '10,000 agents under the bundled student'],
    ['understudy serve --agents 100000 --teacher gemma-3-4b --port 0', 'a larger town beside Gemma, on any free port'],
    ['understudy serve --share redis://lab:6379/0', 'a run that other processes show too'],
    ['understudy serve --follow redis://lab:6379/0 --port 0', 'one of them, for 100 viewers more'],
    ['understudy serve --json', 'prints {"url": …} as the last line on standard output'],
  ],
  async run({ values, given, scenario, reopen, source, signal, progress, log, report }) {
    const { agents, port, seed, workspace } = values;
    const stopped = () =>
      signal.aborted || new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
    if (values.follow !== undefined) {
      const other = [...given].find((name) => !FOLLOWING.includes(name));
      if (other !== undefined)
        throw new UsageError(
          `--${other} is for the process that plays the run: leave out --${other} or --follow`,
          'serve',
        );
      const { follow } = await import('../sim-ui/follow/follow.ts');
      const following = await follow({ follow: values.follow, port, signal, log });
      report({ url: following.url, port: following.port }, [
        'Viewers of a run that another process plays:',
        '',
        `  ${following.url}`,
        '',
        'Open it in a browser on this machine; with the #token=… of the URL of the run, it controls the run. Ctrl-C ends it.',
      ]);
      await stopped();
      return following.close();
    }
    const { serve } = await import('../sim-ui/server/serve.ts');
    const serving = await serve({
      scenario,
      reopen,
      source,
      agents,
      network: values.network,
      policy: values.policy,
      teacher: values.teacher,
      pauseAboveFailures: values['pause-above-failures'],
      pageQuestions: values['page-questions'],
      port,
      seed,
      workspace,
      signal,
      progress,
      log: values.verbose ? log : undefined,
      onLimit: log,
      onShare: log,
      ...(values.share !== undefined && { share: values.share }),
    });
    const { policy, teacher } = serving;
    report({ url: serving.url, port: serving.port, agents, policy, teacher }, [
      `${grouped(agents)} agents under ${policy}, beside ${teacher}:`,
      '',
      `  ${serving.url}`,
      '',
      'Open it in a browser on this machine. Ctrl-C ends it.',
    ]);
    await stopped();
    await serving.close();
  },
});
