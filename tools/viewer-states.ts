// Takes pictures of the viewer in every state into a folder, for people to look at: by worlds, colours and windows. Prints
// what a program can see is wrong: text that is cut, and what sticks out. Needs a Chromium.
//   npx tsx tools/viewer-states.ts FOLDER [STATE…]
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../env/scenario.ts';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { openScenario } from '../scenarios/open.ts';
import { scenarioTemplate } from '../scenarios/template.ts';
import type { ServeOptions } from '../sim-ui/server/serve.ts';
import { type Scene, Studio, type View } from './studio.ts';

const laptop = { width: 1280, height: 720 };
const everyView: readonly View[] = [
  { name: 'laptop', ...laptop, colours: 'light' },
  { name: 'laptop-dark', ...laptop, colours: 'dark' },
  { name: 'phone', width: 390, height: 844, scale: 2, colours: 'light', whole: true },
  { name: 'phone-dark', width: 390, height: 844, scale: 2, colours: 'dark' },
  { name: '4k', width: 3840, height: 2160, colours: 'dark' },
  { name: 'zoomed', width: 640, height: 360, scale: 2, colours: 'light' },
];

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npx tsx tools/viewer-states.ts FOLDER [STATE…]');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const wanted = (...states: string[]) => names.length === 0 || states.some((state) => names.includes(state));

/** Takes a state's pictures, if it is wanted. */
const look = async ({ take }: Scene, state: string): Promise<void> => {
  if (!wanted(state)) return;
  for (const view of everyView) {
    const wrong = await take(view, join(folder, `${state}.${view.name}.png`));
    console.log(`${state} ${view.name}${wrong.map((line) => `\n  ${line}`).join('')}`);
  }
};

await using studio = await Studio.open();

/** Plays a town if one of its states is wanted. */
const town = async (
  states: readonly string[],
  options: Partial<ServeOptions>,
  act: (scene: Scene) => Promise<void>,
) => {
  if (wanted(...states)) await studio.play(options, act);
};

/** The run may have ended meanwhile: a busy machine takes its time over six pictures. */
const pause = async ({ page }: Scene) => {
  const button = page.getByRole('button', { name: 'Pause', exact: true });
  if (await button.isEnabled()) await button.click();
};

const steps = async ({ press, until }: Scene, ticks: number) => {
  for (let played = 1; played <= ticks; played++) {
    await press('Step');
    await until(({ tick }) => tick >= played);
  }
};

const plays = async ({ page, press, until }: Scene, ticks: number, speed = 30) => {
  await page.getByRole('slider', { name: 'Speed' }).fill(String(speed));
  await press('Play');
  await until(({ tick, clock }) => tick >= ticks || clock !== 'playing');
};

await town(
  [
    'first-open',
    'running',
    'agent',
    'history',
    'table',
    'find',
    'split',
    'canary',
    'ended',
    'runs',
    'alongside',
    'lost',
    'restarted',
  ],
  {},
  async (scene) => {
    const { page, press, until } = scene;
    await look(scene, 'first-open');
    await press('Got it');
    await page.getByRole('radio', { name: 'tiny' }).and(page.locator(':enabled')).waitFor();
    await plays(scene, 20, 1);
    await look(scene, 'running');
    await pause(scene);
    await page.getByLabel('Agent', { exact: true }).fill('7112');
    await page.getByLabel('Agent', { exact: true }).blur();
    await page.locator('.explanation > p').waitFor();
    await look(scene, 'agent');
    await page.getByRole('tab', { name: 'History' }).click();
    await page.waitForTimeout(1500);
    await look(scene, 'history');
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.waitForTimeout(1500);
    await look(scene, 'table');
    await page.getByRole('searchbox', { name: 'Find agents' }).fill('trait:"impulsive buyer"');
    await page.waitForTimeout(1500);
    await look(scene, 'find');
    await page.getByRole('searchbox', { name: 'Find agents' }).fill('');
    await page.getByRole('tab', { name: 'Inspector' }).click();
    await page.getByLabel('Beside').selectOption('student:logistic');
    await page.getByRole('region', { name: 'Town' }).getByText('same luck', { exact: false }).waitFor();
    await page.getByText('Where they differ most').click();
    await page.getByLabel('Colour by').selectOption('distance');
    await page.getByRole('region', { name: 'Differences' }).getByText('on average', { exact: false }).waitFor();
    await look(scene, 'split');
    await page.getByText('Where they differ most').click();
    await page.getByLabel('Beside').selectOption('');
    await page.getByLabel('Colour by').selectOption('action');
    await page.locator('.canary summary').click();
    await page.getByLabel("Canary's policy").selectOption('student:logistic');
    await press('Start canary');
    await press('Step');
    await page.getByText('agents since tick').waitFor();
    await look(scene, 'canary');
    await press('Call back');
    await page.locator('.canary summary').click();
    await plays(scene, 210);
    await until(({ clock }) => clock === 'ended');
    await look(scene, 'ended');
    await page.getByRole('button', { name: /^Play again/ }).click();
    await until(({ tick, clock }) => clock === 'playing' && tick >= 10);
    await press('Pause');
    await page.getByRole('button', { name: /^Runs/ }).click();
    await look(scene, 'runs');
    await page.getByRole('checkbox', { name: 'Run 1 on the charts' }).check();
    await page.getByRole('button', { name: /^Runs/ }).click();
    await press('Its town');
    await page.getByRole('list', { name: 'Places of another run' }).waitFor({ state: 'attached' });
    await look(scene, 'alongside');
    await scene.serving.close();
    await page.getByRole('region', { name: 'Status' }).getByText('Connection lost').waitFor();
    await look(scene, 'lost');
    await scene.serveAgain();
    await page.getByRole('region', { name: 'Status' }).getByText('Connected').waitFor();
    await look(scene, 'restarted');
  },
);

if (wanted('thinking', 'failed')) {
  let mute = false;
  await using model = await FakeServer.start({
    ...{ kind: 'ollama', logprobs: false, models: ['google/gemma-3-4b-it'], latency: 1500 },
    reply: (_, usual) => (mute ? 'I have no appetite today, thank you for asking.' : usual),
  });
  const teacher = `server:http://${model.host}/v1#google/gemma-3-4b-it`;
  await town(['thinking', 'failed'], { teacher }, async (scene) => {
    const { page, press } = scene;
    await press('Got it');
    await page.getByRole('checkbox', { name: 'Ask the teacher in the background' }).uncheck();
    await steps(scene, 3);
    await page.getByRole('radio', { name: teacher }).and(page.locator(':enabled')).check();
    await press('Play');
    await page
      .getByRole('region', { name: 'Status' })
      .getByText(/asking|thinking/i)
      .first()
      .waitFor();
    await look(scene, 'thinking');
    mute = true;
    await page.getByRole('region', { name: 'Status' }).getByRole('alert').getByText('The run has paused').waitFor();
    await page.getByLabel('Agent', { exact: true }).fill('3');
    await page.getByLabel('Agent', { exact: true }).blur();
    await look(scene, 'failed');
  });
}

await town(['million'], { agents: 1_000_000 }, async (scene) => {
  await scene.press('Got it');
  await steps(scene, 3);
  await look(scene, 'million');
});

/** Worlds of files, as somebody has them who has installed the package. */
const worlds = await mkdtemp(join(tmpdir(), 'understudy-worlds-'));
const example = async (name: string) => {
  const world = join(worlds, name);
  await copyFile(fileURLToPath(new URL(`../examples/${name}`, import.meta.url)), world);
  return world;
};
const commute = join(worlds, 'commute.mjs');
await writeFile(commute, scenarioTemplate('commute-v1'));

await town(
  ['study', 'working', 'results'],
  { source: { name: 'ice-cream-v1', parameters: {} }, agents: 1000 },
  async (scene) => {
    const { page, press } = scene;
    await press('Got it');
    const study = page.getByRole('region', { name: 'Study' });
    await study.getByText('Study', { exact: true }).click();
    await study.getByLabel('Teacher to ask').selectOption('oracle');
    await study.getByText('The same by command').click();
    await page.waitForTimeout(500);
    await look(scene, 'study');
    await press('Begin');
    await study.getByRole('button', { name: 'Cancel' }).waitFor();
    await look(scene, 'working');
    await study.getByText('can decide now').first().waitFor({ timeout: 600_000 });
    await study.getByRole('tab', { name: 'Results' }).click();
    await page.waitForTimeout(1500);
    await look(scene, 'results');
  },
);

for (const [state, source] of [
  ['world-ice-cream-v2', 'ice-cream-v2'],
  ['world-mobility', 'mobility-v1'],
  ['world-heat-pumps', await example('adoption.mjs')],
  ['world-commute', commute],
  ['world-price', await example('price.mjs')],
] as const) {
  if (!wanted(state)) continue;
  const scenario = await openScenario(source);
  await town(
    [state],
    {
      scenario: scenario as Scenario,
      policy: 'uniform',
      teacher: 'oracle',
      agents: 2000,
      reopen: async () => scenario,
    },
    async (scene) => {
      const { page, press } = scene;
      await press('Got it');
      await steps(scene, 8);
      await page.getByLabel('Agent', { exact: true }).fill('42');
      await page.getByLabel('Agent', { exact: true }).blur();
      await look(scene, state);
    },
  );
}
await rm(worlds, { recursive: true, force: true });
