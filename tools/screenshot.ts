// Takes the README's pictures of the viewer into docs/: a town of 10,000 that a teacher decided for a while (viewer.png,
// viewer-dark.png), and the same town beside its twin (viewer-beside.png, viewer-beside-dark.png). Those of every state are
// taken by viewer-states.ts. Needs a Chromium. `npx tsx tools/screenshot.ts`
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Scene, Studio } from './studio.ts';

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

await using studio = await Studio.open();
await studio.play({ seed: SEED }, async (scene) => {
  const { page, until } = scene;
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
  await pictures(scene, 'viewer');

  await page.getByRole('button', { name: 'hot summer day', exact: true }).click();
  await page.getByLabel('Beside').selectOption(TWIN);
  const town = page.getByRole('region', { name: 'Town' });
  await town.getByText('same luck', { exact: false }).waitFor();
  await page.getByText('Where they differ most').click();
  await page.getByLabel('Colour by').selectOption('distance');
  await page.getByRole('region', { name: 'Differences' }).getByText('on average', { exact: false }).waitFor();
  await pictures(scene, 'viewer-beside');
});

/** Light and dark. */
async function pictures({ take }: Scene, name: string): Promise<void> {
  for (const [colours, end] of [
    ['light', ''],
    ['dark', '-dark'],
  ] as const) {
    const path = join(fileURLToPath(new URL('../docs', import.meta.url)), `${name}${end}.png`);
    await take({ name, width: 1440, height: 900, colours }, path);
    console.error(path);
  }
}
