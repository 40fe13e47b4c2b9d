import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { inBrowser, type OpenOptions, PATIENCE, press, region } from './browser.test-support.ts';

const stage = inBrowser();

const timeline = (page: Page) => region(page, 'Timeline');
const tick = (page: Page) => timeline(page).getByRole('slider', { name: 'Tick' });

/** A world of few ticks that has played them all: less for a busy machine to click. */
async function played(ticks: number, view: OpenOptions = {}): Promise<Page> {
  const scenario = { ...iceCream, horizon: ticks } as Scenario;
  const page = await stage.open(
    { scenario, policy: 'constant:0.3', teacher: 'oracle', agents: 200, autoplay: true },
    view,
  );
  await stage.until(({ tick }) => tick === ticks);
  await timeline(page)
    .getByText(`Tick ${ticks - 1} of 0–${ticks - 1}`)
    .waitFor();
  return page;
}

/** What a download that something starts is called, and what it holds. */
async function downloaded(page: Page, begin: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: PATIENCE }), begin()]);
  return { name: file.suggestedFilename(), bytes: await readFile((await file.path())!) };
}

it('looks back by the slider and its keys, plays back, and returns to the present', async () => {
  const page = await played(5);
  await page.getByLabel('Agent', { exact: true }).fill('7');
  await region(page, 'Inspector').getByText('Agent 7:').waitFor({ state: 'attached' });
  const clock = region(page, 'Town').locator('.when');
  const did = () => region(page, 'Inspector').locator('dd').last().textContent();
  await tick(page).focus();
  await page.keyboard.press('Home');
  await clock.getByText('8:00', { exact: true }).waitFor();
  await page.keyboard.press('ArrowRight');
  await clock.getByText('9:00', { exact: true }).waitFor();
  expect(await tick(page).getAttribute('aria-valuetext')).toBe('Tick 1 of 0–4, looking back');
  // The inspector shows what was done then; the run is where it was.
  await expect.poll(did).toContain('under constant:0.3');
  expect((await stage.health()).tick).toBe(5);
  await press(page, 'Watch');
  await timeline(page).getByText('Tick 4 of 0–4').waitFor();
  await timeline(page).getByRole('button', { name: 'Watch' }).waitFor();
  await press(page, 'Live');
  await expect.poll(() => tick(page).getAttribute('aria-valuetext')).toBe('Tick 4 of 0–4');
});

it('forks from a tick under another policy, and lays both runs on the charts', async () => {
  const page = await played(6);
  await tick(page).fill('3');
  await timeline(page).getByText('Tick 3 of 0–5').waitFor();
  await press(page, 'Runs (1)');
  await page.getByLabel('Policy of the fork').selectOption('oracle');
  await press(page, 'Fork here');
  await stage.until(({ tick, policy }) => tick === 3 && policy === 'oracle');
  await press(page, 'Play');
  await stage.until(({ tick }) => tick === 6);
  await press(page, 'Runs (2)');
  await timeline(page).getByText('forked from run 1 at tick 3').waitFor();
  await page.getByRole('checkbox', { name: 'Run 1 on the charts' }).check();
  const legend = region(page, 'Charts').getByRole('list', { name: 'Runs on the charts' }).getByRole('listitem');
  await expect
    .poll(() => legend.allInnerTexts())
    .toEqual(['Run 2: constant:0.3, from tick 3 oracle, seed 7', 'Run 1: constant:0.3, seed 7 Its town']);
  const marks = timeline(page).getByRole('list', { name: 'Marks' });
  await marks.getByText('Tick 3: oracle takes over, forked from run 1').waitFor({ state: 'attached' });
  // Its town is seen beside, at the same tick, until it is put away.
  await press(page, 'Its town');
  const town = region(page, 'Town');
  await town.getByText('tick 5, seed 7, 200 agents').waitFor();
  await town.getByRole('list', { name: 'Places of another run' }).waitFor({ state: 'attached' });
  await tick(page).fill('4');
  await town.getByText('tick 4, seed 7, 200 agents').waitFor();
  await town.getByRole('button', { name: 'Close' }).click();
  await town.getByRole('list', { name: 'Places of another run' }).waitFor({ state: 'detached' });
  await press(page, 'Runs (2)');
  await page.getByRole('radio', { name: 'Run 1' }).check();
  await timeline(page).getByText('of 0–5 run 1').waitFor();
});

it('keeps a link to what is on show, without the token, and says so of a run that is gone', async () => {
  const page = await played(4, { permissions: ['clipboard-read', 'clipboard-write'] });
  await tick(page).fill('2');
  await page.getByLabel('Agent', { exact: true }).fill('12');
  await press(page, 'Share');
  await press(page, 'Copy link');
  await page.getByText('Link copied.').waitFor();
  const link = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(link).toMatch(/#session=\w+&run=1&tick=2&agent=12$/);
  expect(stage.serving.url).toContain('token=');

  const watcher = await stage.context.newPage();
  await watcher.goto(link);
  await timeline(watcher).getByText('Tick 2 of 0–3').waitFor();
  await region(watcher, 'Inspector').getByText('Agent 12:').waitFor({ state: 'attached' });
  await watcher.goto(link.replace(/session=\w+/, 'session=0'));
  await timeline(watcher).getByText('Run 1 of this link is gone: the server has been started anew').waitFor();
  await watcher.goto(link.replace('run=1', 'run=7'));
  await timeline(watcher).getByText('Run 7 of this link is gone').waitFor();
});

it('saves the picture, the numbers and a video of what is on show', async () => {
  const page = await played(3);
  await press(page, 'Share');
  const picture = await downloaded(page, () => press(page, 'Save PNG'));
  expect(picture.name).toBe('ice-cream-v1-run-1-tick-2.png');
  // Agents and labels are in it, not the ground alone.
  const colours = await page.evaluate<number>(`(async (bytes) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
    const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
    copy.drawImage(image, 0, 0);
    return new Set(new Uint32Array(copy.getImageData(0, 0, image.width, image.height - 60).data.buffer)).size;
  })(${JSON.stringify([...picture.bytes])})`);
  expect(colours).toBeGreaterThan(50);
  const numbers = await downloaded(page, () => press(page, 'Save CSV'));
  const [header, ...rows] = numbers.bytes.toString().trim().split('\n');
  expect(header).toBe(
    'run,seed,tick,day,policy,agents_skip,agents_buy,mean_p_skip,mean_p_buy,reward,sales,distinct_observations,failed,gap,gap_coverage,student',
  );
  expect(rows.map((row) => row.split(',').slice(0, 5).join())).toEqual(
    [0, 1, 2].map((at) => `1,7,${at},1,constant:0.3`),
  );
  for (const row of rows) expect(Number(row.split(',')[5]) + Number(row.split(',')[6])).toBe(200);
  const video = await downloaded(page, () => press(page, 'Save video'));
  expect(video.name).toMatch(/\.webm$/);
  expect(video.bytes.subarray(0, 4).toString('hex')).toBe('1a45dfa3'); // EBML
});

it('saves a page that shows the run without a server', async () => {
  const page = await played(4);
  await page.getByLabel('Agent', { exact: true }).fill('7');
  const facts = (of: Page) => region(of, 'Inspector').locator('.facts').textContent();
  await expect.poll(() => facts(page)).toContain('under constant:0.3');
  const then = await facts(page);
  await press(page, 'Share');
  const { name, bytes } = await downloaded(page, () => press(page, 'Save town.html'));
  expect(name).toBe('town.html');
  await page.close();
  await stage.serving.close();
  const file = join(stage.viewer, 'town.html');
  await writeFile(file, bytes);

  const saved = await stage.context.newPage();
  const requests: string[] = [];
  saved.on('request', (request) => requests.push(request.url()));
  saved.on('pageerror', (error) => stage.complaints.push(error.message));
  saved.on('console', (message) => {
    if (message.type() === 'error') stage.complaints.push(message.text());
  });
  await saved.goto(`file://${file}#tick=3&agent=7`);
  await region(saved, 'Status').getByText('A recording').waitFor();
  await timeline(saved).getByText('Tick 3 of 0–3').waitFor();
  await expect.poll(() => facts(saved)).toBe(then);
  await tick(saved).fill('0');
  await region(saved, 'Town').getByText('8:00', { exact: true }).waitFor();
  await press(saved, 'Watch');
  await timeline(saved).getByText('Tick 3 of 0–3').waitFor();
  expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:'))).toEqual([]);
  stage.forgiveLostConnection();
});
