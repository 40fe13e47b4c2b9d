import { useSignal } from '@preact/signals';
import { csvText } from '../../workspace/csv.ts';
import { link } from './permalink.ts';
import { pointsTable } from './points-table.ts';
import { savePage } from './save-page.ts';
import { beside, connection, control, hello, noPicture, pointsOf, runOnShow, runs, status } from './store.ts';
import { caption, Picture } from './town-picture.ts';
import { recordVideo } from './video.ts';

/** What can be taken along of what is on show: a link, pictures, numbers, and a page that needs no server. */
export function Exports() {
  const said = useSignal('');
  const shownLink = useSignal<string | undefined>(undefined);
  const busy = useSignal<AbortController | undefined>(undefined);
  /** Does something that takes a while, and says how it went. */
  const work = async (doing: (signal: AbortSignal) => Promise<string>) => {
    const controller = new AbortController();
    busy.value = controller;
    try {
      said.value = await doing(controller.signal);
    } catch (error) {
      said.value = (error as Error).message;
    }
    busy.value = undefined;
  };
  const copy = async () => {
    const text = link();
    try {
      await navigator.clipboard.writeText(text);
      shownLink.value = undefined;
      return 'Link copied. It does not hold the token: whoever opens it watches.';
    } catch {
      shownLink.value = text;
      return 'This browser copies nothing by itself; here is the link:';
    }
  };
  const picture = async () => {
    if (noPicture.value) throw new Error('There is no picture of the town in this browser.');
    await download(`${fileName()}.png`, await (await Picture.take()).png());
    return 'Saved the picture of the town.';
  };
  const numbers = async () => {
    const shown = [...new Set([runOnShow.value, ...beside.value])];
    const table = pointsTable(
      hello.value!.scenario,
      runs.value.kept.filter(({ run }) => shown.includes(run)).map((info) => ({ ...info, points: pointsOf(info.run) })),
    );
    await download(`${fileName()}.csv`, new Blob([csvText(table)], { type: 'text/csv' }));
    return `Saved ${table.length - 1} rows.`;
  };
  const video = (signal: AbortSignal) =>
    recordVideo(signal, (words) => {
      said.value = words;
    }).then(async ({ blob, extension, ticks }) => {
      await download(`${fileName()}.${extension}`, blob);
      return `Saved a video of ${ticks} ticks.`;
    });
  const page = async () => {
    said.value = 'The server plays the run again and writes the page…';
    const bytes = await savePage(runOnShow.value);
    await download('town.html', new Blob([bytes], { type: 'text/html' }));
    return `Saved town.html, ${(bytes.length / 1e6).toFixed(1)} MB: it opens without a server.`;
  };
  const disabled = busy.value !== undefined || !status.value;
  const recording = connection.value === 'recording';
  return (
    <div class="exports">
      <button type="button" disabled={disabled} onClick={() => work(copy)}>
        Copy link
      </button>
      <p>Run, tick, agent and colours; without the token.</p>
      <button type="button" disabled={disabled} onClick={() => work(picture)}>
        Save PNG
      </button>
      <p>The town as it is seen, with a caption.</p>
      <button type="button" disabled={disabled} onClick={() => work(numbers)}>
        Save CSV
      </button>
      <p>All measures, tick by tick, of the runs on the charts.</p>
      {busy.value && said.value.startsWith('Recording') ? (
        <button type="button" onClick={() => busy.value?.abort()}>
          Stop video
        </button>
      ) : (
        <button type="button" disabled={disabled} onClick={() => work(video)}>
          Save video
        </button>
      )}
      <p>Up to 60 ticks of the past, from the one on show.</p>
      {!recording && (
        <>
          <button type="button" disabled={disabled || !control.value} onClick={() => work(page)}>
            Save town.html
          </button>
          <p>One file that shows this run without a server.{!control.value && ' It needs control.'}</p>
        </>
      )}
      <p class="said" role="status">
        {said.value}
      </p>
      {shownLink.value && <input class="link" aria-label="Link" readOnly value={shownLink.value} />}
    </div>
  );
}

/** Scenario, run and tick. */
const fileName = () => caption().file;

async function download(name: string, blob: Blob): Promise<void> {
  const href = URL.createObjectURL(blob);
  const anchor = Object.assign(document.createElement('a'), { href, download: name });
  anchor.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
