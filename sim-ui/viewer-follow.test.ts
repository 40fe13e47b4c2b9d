import { afterEach, describe, it } from 'vitest';
import { serverCommand, startServer, withoutServer } from '../queue/server.test-support.ts';
import { inBrowser, press, region } from './browser.test-support.ts';
import { follow } from './follow/follow.ts';

const stage = inBrowser();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe.skipIf(!serverCommand)(serverCommand ? 'the page of a town that is followed' : withoutServer, () => {
  it('plays the town, says when it is out of reach, and that another one began when it is there again', async () => {
    await using server = await startServer();
    const town = { policy: 'uniform', teacher: 'oracle', agents: 60, share: server.url };
    const page = await stage.open(town);
    const follower = await follow({ follow: server.url, viewer: stage.viewer });
    open.push(follower);
    await page.goto(`${new URL(follower.url).origin}/#token=${stage.serving.token}`);
    const status = region(page, 'Status');
    await status.getByText('Connected').waitFor();
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    await status.getByText('1 of 210 ticks played').waitFor();

    await stage.serving.close();
    await status.getByText('Waiting for the town').waitFor();
    await status.getByRole('alert').getByText('the town has ended', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Step', exact: true, disabled: true }).waitFor();

    stage.serving = await stage.serve(town);
    await status.getByText('Connected').waitFor();
    await region(page, 'Notices').getByText('The server was started again.').waitFor();
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
  });
});
