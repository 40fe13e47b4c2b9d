import { actions, colouring, cssColour, hello, redraw, runOnShow, status } from './store.ts';
import { counted, policyLabel, whenInWords } from './words.ts';

/** Attributes that draw a part of an SVG, whose styles stand in the page's style sheet. */
const DRAWN = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-linecap', 'stroke-linejoin', 'stroke-dasharray'],
  ...['stroke-opacity', 'opacity', 'visibility', 'display', 'transform'],
];

/** Room for the caption below the town, in CSS pixels. */
const CAPTION = 44;

/** What a picture is of, in words, and a name for its file. */
export function caption(): { readonly words: string; readonly layer: string; readonly file: string } {
  const [now, world] = [status.value!, hello.value!];
  const { scenario } = world;
  const policy = now.past?.policy ?? now.policy;
  const words = [
    ...[scenario.id, whenInWords(now, scenario), `tick ${now.tick}`, policyLabel(policy)],
    ...[counted(world.agents, 'agent'), `seed ${now.past?.seed ?? now.seed}`, `run ${runOnShow.value + 1}`],
  ];
  const { value } = colouring;
  const layer =
    value.by === 'action'
      ? actions.value.map(({ did }) => did).join(' · ')
      : value.by === 'trait'
        ? scenario.traits[value.trait]!
        : value.by === 'distance'
          ? 'distance between two policies'
          : `P(${actions.value[value.action]?.name})`;
  return {
    words: words.join(' · '),
    layer,
    file: `${scenario.id}-run-${runOnShow.value + 1}-tick-${now.tick}`.replace(/[^\w.-]+/g, '-'),
  };
}

/** The town as it is seen, on a canvas: ground, agents, labels, and a caption that says what it is. */
export class Picture {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #ground: HTMLElement;
  readonly #scale: number;
  /** By their look: parts of the page that are drawn in SVG. */
  readonly #drawings = new Map<string, HTMLImageElement>();

  private constructor() {
    const ground = document.querySelector<HTMLElement>('.town-ground');
    if (!ground) throw new Error('There is no town on this page.');
    this.#ground = ground;
    this.#scale = devicePixelRatio;
    const { clientWidth: width, clientHeight: height } = ground;
    this.canvas = document.createElement('canvas');
    // Video encoders want even numbers.
    this.canvas.width = 2 * Math.round((width * this.#scale) / 2);
    this.canvas.height = 2 * Math.round(((height + CAPTION) * this.#scale) / 2);
    this.#context = this.canvas.getContext('2d', { alpha: false })!;
  }

  static async take(): Promise<Picture> {
    const picture = new Picture();
    await picture.draw();
    return picture;
  }

  png(): Promise<Blob> {
    return new Promise((resolve, reject) =>
      this.canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error('This browser wrote no PNG.'))),
        'image/png',
      ),
    );
  }

  /** Draws the town as it is now. */
  async draw(): Promise<void> {
    const below = await this.#drawingsOf('.scenery, .balloons, .network');
    const above = await this.#drawingsOf('svg.above');
    // What WebGL has drawn can be read until the browser has shown it: within the turn in which it is drawn.
    await new Promise<void>((drawn) => {
      redraw.value++;
      requestAnimationFrame(() => {
        this.#compose(below, above);
        drawn();
      });
    });
  }

  #compose(below: readonly [HTMLImageElement, DOMRect][], above: readonly [HTMLImageElement, DOMRect][]): void {
    const context = this.#context;
    const frame = this.#ground.getBoundingClientRect();
    context.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    context.fillStyle = cssColour('--panel');
    context.fillRect(0, 0, frame.width + 2, frame.height + CAPTION + 2);
    // Grounds that let what is below shine through are painted over each other as the page does.
    for (const ground of [this.#ground.closest('.town'), this.#ground]) {
      if (ground) context.fillStyle = getComputedStyle(ground).backgroundColor;
      context.fillRect(0, 0, frame.width, frame.height);
    }
    const at = (box: DOMRect) => [box.x - frame.x, box.y - frame.y, box.width, box.height] as const;
    context.save();
    context.beginPath();
    context.rect(0, 0, frame.width, frame.height);
    context.clip();
    for (const [image, box] of below) context.drawImage(image, ...at(box));
    for (const canvas of this.#ground.querySelectorAll('canvas'))
      if (canvas.width > 0) context.drawImage(canvas, ...at(canvas.getBoundingClientRect()));
    for (const [image, box] of above) context.drawImage(image, ...at(box));
    for (const label of this.#ground.querySelectorAll<HTMLElement>('.labels > li')) this.#label(label, frame);
    context.restore();
    this.#caption(frame);
  }

  /** A label as the page has it: its ground, and each of its texts where it stands. */
  #label(label: HTMLElement, frame: DOMRect): void {
    const context = this.#context;
    const box = label.getBoundingClientRect();
    const style = getComputedStyle(label);
    if (style.visibility === 'hidden' || style.display === 'none') return;
    context.fillStyle = style.backgroundColor;
    context.beginPath();
    context.roundRect(
      box.x - frame.x,
      box.y - frame.y,
      box.width,
      box.height,
      Number.parseFloat(style.borderRadius) || 0,
    );
    context.fill();
    const range = document.createRange();
    const texts = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      range.selectNodeContents(text);
      const line = range.getBoundingClientRect();
      if (line.width === 0 || text.parentElement!.closest('.sr-only')) continue;
      const own = getComputedStyle(text.parentElement!);
      context.font = `${own.fontWeight} ${own.fontSize} ${own.fontFamily}`;
      context.fillStyle = own.color;
      context.textBaseline = 'middle';
      context.fillText(text.textContent!.trim(), line.x - frame.x, line.y - frame.y + line.height / 2, line.width + 1);
    }
  }

  #caption({ width, height }: DOMRect): void {
    const context = this.#context;
    const { words, layer } = caption();
    const family = getComputedStyle(document.documentElement).fontFamily;
    context.textBaseline = 'middle';
    context.fillStyle = cssColour('--ink');
    context.font = `600 13px ${family}`;
    context.fillText(words, 10, height + 14, width - 20);
    context.font = `12px ${family}`;
    if (colouring.value.by === 'action') {
      let x = 10;
      for (const { did, colour } of actions.value) {
        context.fillStyle = colour;
        context.beginPath();
        context.arc(x + 4, height + 32, 4, 0, 2 * Math.PI);
        context.fill();
        context.fillStyle = cssColour('--muted');
        context.fillText(did, x + 13, height + 32);
        x += 28 + context.measureText(did).width;
      }
    } else {
      context.fillStyle = cssColour('--muted');
      context.fillText(`Colour: ${layer}`, 10, height + 32, width - 20);
    }
  }

  /** Parts of the page that are drawn in SVG, as images, with where they are. */
  async #drawingsOf(selector: string): Promise<[HTMLImageElement, DOMRect][]> {
    const parts = [...this.#ground.querySelectorAll<SVGSVGElement>(selector)];
    return Promise.all(
      parts.map(async (part): Promise<[HTMLImageElement, DOMRect]> => {
        const box = part.getBoundingClientRect();
        const text = standingAlone(part, box);
        let image = this.#drawings.get(text);
        if (!image) {
          image = await imageOf(text);
          // One look a part: the last is likely the next.
          if (this.#drawings.size > 8) this.#drawings.clear();
          this.#drawings.set(text, image);
        }
        return [image, box];
      }),
    );
  }
}

/** An SVG with its styles written into it, since an image knows no style sheet. */
function standingAlone(part: SVGSVGElement, { width, height }: DOMRect): string {
  const copy = part.cloneNode(true) as SVGSVGElement;
  const [from, to] = [part.querySelectorAll('*'), copy.querySelectorAll('*')];
  const dress = (source: Element, target: Element) => {
    const style = getComputedStyle(source);
    target.removeAttribute('class');
    target.removeAttribute('style');
    for (const name of DRAWN) {
      const value = style.getPropertyValue(name);
      if (value !== '' && value !== 'none') target.setAttribute(name, value);
      else if (name === 'fill' && value === 'none') target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  };
  from.forEach((source, i) => {
    dress(source, to[i]!);
  });
  for (const name of ['class', 'style']) copy.removeAttribute(name);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  return new XMLSerializer().serializeToString(copy);
}

async function imageOf(svg: string): Promise<HTMLImageElement> {
  const image = new Image();
  const href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = href;
    await image.decode();
  } finally {
    URL.revokeObjectURL(href);
  }
  return image;
}
