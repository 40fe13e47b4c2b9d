// Takes the README's pictures of the viewer: docs/viewer.png and docs/viewer-dark.png. Needs a built dist/ (npm run
// build) and a Chromium. `npx tsx tools/screenshot.ts`
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { healthSchema } from '../sim-ui/protocol.ts';
import { serve } from '../sim-ui/server/serve.ts';
import { CHROMIUM_FLAGS, findChromium } from './chromium.ts';

/** A run with a hot afternoon on day 4: the teacher decides in ticks 36 to 44, the student before and after. */
const SEED = 23;
const SWAPS = [
  { tick: 36, policy: 'tiny' },
  { tick: 45, policy: 'student:mlp' },
];
const LAST_TICK = 53;
const AGENT = 7112;

const file = (name: string) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));

const browser = await chromium.launch({ executablePath: await findChromium(console.error), args: CHROMIUM_FLAGS });
const serving = await serve({
  scenario: iceCream,
  agents: 10_000,
  policy: 'student:mlp',
  teacher: 'tiny',
  port: 0,
  seed: SEED,
  autoplay: false,
  workspace: await mkdtemp(join(tmpdir(), 'understudy-screenshot-')),
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  page.setDefaultTimeout(120_000);
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
  await page.locator('.explanation p').waitFor();
  await page.getByText("teacher knows 100 % of agents' observations").waitFor();
  await page.getByRole('button', { name: 'hot summer day', exact: true }).click();
  await picture(page, 'viewer.png');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'viewer-dark.png');
} finally {
  await browser.close();
  await serving.close();
}

async function until(condition: (now: { tick: number; policy: string }) => boolean): Promise<void> {
  for (let tries = 0; tries < 2400; tries++) {
    const response = await fetch(`http://127.0.0.1:${serving.port}/api/health`);
    if (condition(healthSchema.parse(await response.json()))) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the run did not get there within a minute');
}

/** Once everything has come to rest: the longest move takes 1.2 seconds. */
async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: file(name) });
  console.error(file(name));
}
