// Takes the README's pictures of the viewer into docs/: a town of 10,000 that a teacher decided for a while
// (viewer.png, viewer-dark.png), and the same town beside its twin (viewer-beside.png, viewer-beside-dark.png). Needs a
// Chromium. `npx tsx tools/screenshot.ts`
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { type Health, healthSchema } from '../sim-ui/protocol.ts';
import { serve } from '../sim-ui/server/serve.ts';
import { CHROMIUM_FLAGS, findChromium } from './chromium.ts';

/** A run with a hot afternoon on day 4: the teacher decides in ticks 36 to 44, students before and after. */
const SEED = 23;
const SWAPS = [
  { tick: 36, policy: 'tiny' },
  { tick: 45, policy: 'student:mlp' },
];
const LAST_TICK = 53;
const AGENT = 7112;
/** Who lives the run beside it in the other picture. */
const TWIN = 'student:logistic';
/** Longest wait for anything, in milliseconds; a busy machine takes its time. */
const PATIENCE = 180_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'understudy-screenshot-'));
const [executablePath] = await Promise.all([
  findChromium(console.error),
  // What is shown is what the sources say, whatever dist/ holds.
  build({
    configFile: join(root, 'sim-ui', 'viewer', 'vite.config.ts'),
    build: { outDir: join(folder, 'viewer'), emptyOutDir: true },
    logLevel: 'warn',
  }),
]);
const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
const serving = await serve({
  ...{ scenario: iceCream, agents: 10_000, policy: 'student:mlp', teacher: 'tiny', seed: SEED },
  ...{ port: 0, autoplay: false, workspace: folder, viewer: join(folder, 'viewer') },
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(serving.url);
  await page.getByRole('button', { name: 'Got it' }).click();
  await page.getByRole('radio', { name: 'tiny' }).and(page.locator(':enabled')).waitFor();
  for (let tick = 0; tick <= LAST_TICK; tick++) {
    const swap = SWAPS.find((candidate) => candidate.tick === tick);
    if (swap) {
      await page.getByRole('radio', { name: swap.policy }).check();
      await until(({ policy }) => policy === swap.policy);
    }
    await page.getByRole('button', { name: 'Step' }).click();
    await until((now) => now.tick === tick + 1);
  }
  await page.getByLabel('Agent', { exact: true }).fill(String(AGENT));
  await page.getByLabel('Agent', { exact: true }).blur();
  await page.locator('.explanation > p').waitFor();
  await page.getByText('teacher knows all observations').waitFor();
  await page.getByRole('button', { name: 'hot summer day', exact: true }).click();
  await pictures(page, 'viewer');

  await page.getByRole('button', { name: 'hot summer day', exact: true }).click();
  await page.getByLabel('Beside').selectOption(TWIN);
  const town = page.getByRole('region', { name: 'Town' });
  await town.getByText('same luck', { exact: false }).waitFor();
  await page.getByText('Where they differ most').click();
  await page.getByLabel('Colour by').selectOption('distance');
  await page.getByRole('region', { name: 'Differences' }).getByText('on average', { exact: false }).waitFor();
  await pictures(page, 'viewer-beside');
} finally {
  await browser.close();
  await serving.close();
  await rm(folder, { recursive: true, force: true });
}

async function until(condition: (now: Health) => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${serving.port}/api/health`);
    if (condition(healthSchema.parse(await response.json()))) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the run did not get there within ${PATIENCE / 1000} seconds`);
}

/** Light and dark, each once everything has come to rest: the longest move takes 1.2 seconds. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const [colorScheme, end] of [
    ['light', ''],
    ['dark', '-dark'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.mouse.move(0, 0);
    await page.waitForTimeout(3000);
    const path = join(root, 'docs', `${name}${end}.png`);
    await page.screenshot({ path });
    console.error(path);
  }
}
