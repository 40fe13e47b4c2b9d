// Pixi writes its uniform code as functions from strings, which the content security policy forbids; this does not.
import 'pixi.js/unsafe-eval';
import { Application, BufferImageSource, Geometry, GlProgram, Mesh, Shader, UniformGroup } from 'pixi.js';
import type { Move, TownLayout } from './layout.ts';

/** Texels a row of the texture that holds the states. */
const ROW = 1024;

/** The most actions that have a colour of their own in the picture; others share those. */
const COLOURS = 64;

const vertex = (places: number, colours: number) => `#version 300 es
precision highp float;
precision highp int;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
uniform sampler2D uStates;
uniform vec4 uPlaces[${places}];
uniform float uAgents;
uniform float uProgress;
uniform float uSize;
uniform float uMode;
uniform float uLoud;
uniform vec4 uQuiet;
uniform vec4 uColours[${colours}];
uniform vec4 uLow;
uniform vec4 uMiddle;
uniform vec4 uHigh;
out vec2 vAt;
out vec4 vColour;
out float vSharp;

const float UNIT = 1.0 / 4294967296.0;

void main() {
  uint agent = uint(gl_VertexID) / 3u;
  uint corner = uint(gl_VertexID) - agent * 3u;
  vec4 texel = texelFetch(uStates, ivec2(int(agent % ${ROW}u), int(agent / ${ROW}u)), 0) * 255.0 + 0.5;
  uint from = uint(texel.r);
  uint to = uint(texel.g);
  // What it is coloured by: its action, its probability as a byte, or whether it is chosen.
  uint shown = uint(texel.b);
  bool known = shown > 0u;
  float p = known ? (float(shown) - 1.0) / 254.0 : 0.0;

  bool loud = uMode < 0.5 ? known : uMode < 1.5 ? p > 0.5 : known;
  vec4 colour = uMode < 0.5
    ? uColours[shown]
    : uMode < 1.5
      ? (known ? (p < 0.5 ? mix(uLow, uMiddle, p * 2.0) : mix(uMiddle, uHigh, p * 2.0 - 1.0)) : uQuiet)
      : (known ? uHigh : uQuiet);

  // Evenly spread in the disc, the same as standing() in layout.ts.
  uint n = agent + 1u;
  float radius = sqrt((float(agent) + 0.5) / uAgents);
  float angle = float(n * 0x9e3779b9u) * UNIT * 6.283185307179586;
  vec2 standing = radius * vec2(cos(angle), sin(angle));
  float late = float(n * 0x85ebca6bu) * UNIT;
  float t = clamp(uProgress * 1.4 - 0.4 * late, 0.0, 1.0);
  t = t * t * (3.0 - 2.0 * t);
  vec4 a = uPlaces[from];
  vec4 b = uPlaces[to];
  vec2 at = mix(a.xy + standing * a.z, b.xy + standing * b.w, t);

  // A triangle around the dot. Those who stand out are drawn in a pass of their own, above the others.
  vec2 around = corner == 0u ? vec2(0.0, 2.0) : corner == 1u ? vec2(-1.7320508, -1.0) : vec2(1.7320508, -1.0);
  float size = uSize * (uMode < 0.5 && known ? 1.2 : 1.0);
  vec2 corners = at + around * (size + 0.5);
  mat3 matrix = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = (uLoud > 0.5) == loud ? vec4((matrix * vec3(corners, 1.0)).xy, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  vAt = around * (size + 0.5);
  vSharp = size;
  vColour = colour;
}`;

const fragment = `#version 300 es
precision highp float;
in vec2 vAt;
in vec4 vColour;
in float vSharp;
out vec4 finalColor;
void main() {
  float cover = clamp(vSharp + 0.5 - length(vAt), 0.0, 1.0) * vColour.a;
  if (cover <= 0.0) discard;
  finalColor = vec4(vColour.rgb * cover, cover);
}`;

export type Channels = readonly [number, number, number];

export interface CrowdLook {
  readonly mode: 'action' | 'probability' | 'chosen';
  /** Agents that nothing is known of, or that were not chosen. */
  readonly quiet: Channels;
  /** By action, the default first. */
  readonly actions: readonly Channels[];
  readonly low: Channels;
  readonly middle: Channels;
  readonly high: Channels;
}

/**
 * The agents as dots: one mesh whose vertices know their agent by gl_VertexID and read its state from a texture, so
 * that a tick costs one upload and a frame one uniform, for any number of agents.
 */
export class Crowd {
  readonly #app: Application;
  #states?: BufferImageSource;
  #uniforms?: UniformGroup;
  #loud?: UniformGroup[];
  #texels = new Uint8Array(0);

  private constructor(app: Application) {
    this.#app = app;
  }

  /** @throws if the browser has no WebGL 2 */
  static async open(box: HTMLElement): Promise<Crowd> {
    const probe = document.createElement('canvas').getContext('webgl2');
    if (!probe) throw new Error('this browser offers no WebGL 2');
    probe.getExtension('WEBGL_lose_context')?.loseContext();
    const app = new Application();
    await app.init({
      preference: 'webgl',
      backgroundAlpha: 0,
      antialias: false,
      autoDensity: true,
      autoStart: false,
      sharedTicker: false,
      resolution: Math.min(devicePixelRatio, 2),
      width: box.clientWidth,
      height: box.clientHeight,
      eventFeatures: { move: false, globalMove: false, click: false, wheel: false },
      accessibilityOptions: { enabledByDefault: false, activateOnTab: false },
    });
    app.canvas.setAttribute('aria-hidden', 'true');
    box.append(app.canvas);
    return new Crowd(app);
  }

  /** Makes room for a population. */
  populate(agents: number, places: number, actions: number): void {
    this.#app.stage.removeChildren().forEach((child) => {
      child.destroy();
    });
    const colours = Math.min(actions, COLOURS);
    const rows = Math.ceil(agents / ROW);
    this.#texels = new Uint8Array(ROW * rows * 4).fill(255);
    this.#states = new BufferImageSource({
      resource: this.#texels,
      width: ROW,
      height: rows,
      format: 'rgba8unorm',
      alphaMode: 'no-premultiply-alpha',
      scaleMode: 'nearest',
      autoGenerateMipmaps: false,
    });
    const four = () => ({ value: new Float32Array(4), type: 'vec4<f32>' as const });
    const one = (value: number) => ({ value, type: 'f32' as const });
    const uniforms = new UniformGroup({
      uPlaces: { value: new Float32Array(4 * places), type: 'vec4<f32>', size: places },
      uAgents: one(agents),
      uProgress: one(1),
      uSize: one(1),
      uMode: one(0),
      uQuiet: four(),
      uColours: { value: new Float32Array(4 * colours), type: 'vec4<f32>', size: colours },
      uLow: four(),
      uMiddle: four(),
      uHigh: four(),
    });
    const geometry = new Geometry({ indexBuffer: Uint32Array.from({ length: agents * 3 }, (_, i) => i) });
    const program = GlProgram.from({ vertex: vertex(places, colours), fragment, name: 'crowd' });
    this.#loud = [0, 1].map((loud) => new UniformGroup({ uLoud: one(loud) }));
    for (const loud of this.#loud) {
      const shader = new Shader({
        glProgram: program,
        resources: { uStates: this.#states, crowd: uniforms, pass: loud },
      });
      this.#app.stage.addChild(new Mesh({ geometry, shader }));
    }
    this.#uniforms = uniforms;
  }

  /** Takes a move: once a tick. */
  move(layout: TownLayout, move: Move): void {
    const texels = this.#texels;
    for (let agent = 0, at = 0; agent < move.to.length; agent++, at += 4) {
      texels[at] = move.from[agent]!;
      texels[at + 1] = move.to[agent]!;
    }
    this.#states?.update();
    this.place(layout, move);
  }

  /** Takes the places: once a tick, and when the town's box changes. */
  place(layout: TownLayout, move: Move): void {
    const { uniforms } = this.#uniforms!;
    const places = uniforms.uPlaces as Float32Array;
    layout.places.forEach(({ x, y }, i) => {
      places.set([x, y, move.fromRadius[i]!, move.toRadius[i]!], 4 * i);
    });
    // Half the distance between neighbours in a crowd, so that ten thousand and a hundred look alike.
    uniforms.uSize = Math.min(4.5, Math.max(0.45, (0.78 * layout.reach) / Math.sqrt(move.to.length)));
    this.#uniforms!.update();
  }

  /** Takes what agents are coloured by: an action, a probability as packProbability has it, or 1 for who is chosen. */
  paint(shown: (agent: number) => number, agents: number): void {
    for (let agent = 0; agent < agents; agent++) this.#texels[4 * agent + 2] = shown(agent);
    this.#states?.update();
  }

  /** The colour of an action in the picture, by its index. */
  static colourOf(action: number): number {
    return action < COLOURS ? action : 1 + ((action - 1) % (COLOURS - 1));
  }

  look({ mode, quiet, actions, low, middle, high }: CrowdLook): void {
    const { uniforms } = this.#uniforms!;
    uniforms.uMode = mode === 'action' ? 0 : mode === 'probability' ? 1 : 2;
    const set = (name: string, channels: Channels, alpha: number) =>
      (uniforms[name as 'uLow'] as Float32Array).set([...channels, alpha]);
    set('uQuiet', quiet, mode === 'chosen' ? 0.4 : 0.6);
    const colours = uniforms.uColours as Float32Array;
    actions.slice(0, colours.length / 4).forEach((channels, i) => {
      colours.set([...channels, i === 0 ? 0.6 : 0.95], 4 * i);
    });
    set('uLow', low, 0.85);
    set('uMiddle', middle, 0.9);
    set('uHigh', high, 0.95);
    this.#uniforms!.update();
  }

  resize(width: number, height: number): void {
    this.#app.renderer.resize(width, height);
  }

  render(progress: number): void {
    if (!this.#uniforms) return;
    this.#uniforms.uniforms.uProgress = progress;
    this.#uniforms.update();
    this.#app.renderer.render(this.#app.stage);
  }

  close(): void {
    this.#app.destroy({ removeView: true }, { children: true });
  }
}
