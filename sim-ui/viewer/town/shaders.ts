import { ROAD_POINTS } from './roads.ts';

/** The most places, or clusters, that agents can stand at. */
export const CLUSTER_LIMIT = 128;
/** Texels a row of the textures that are looked up by number. */
export const ROW = 1024;
/** Entry of the palette for agents that nothing is known of: they have not decided, or got no answer. */
export const SILENT = 255;
/** What `uPaint` says; a distance is looked up as the P of a single action. */
export const PAINTS = { action: 0, probability: 1, trait: 2, distance: 1 } as const;

/** Attributes, each an unsigned integer of an agent. */
export const ATTRIBUTES = ['aFrom', 'aTo', 'aAction', 'aObserved', 'aSet', 'aSeatFrom', 'aSeatTo'] as const;

/**
 * Where an agent is and what it shows, from its columns; the same as in motion.ts.
 * - points: one vertex an agent; discs: one instance an agent, a fan of DISC corners.
 * - `uOrder` = agents, multiplier, step, first: a draw takes every step-th agent from the first on.
 */
export const vertexShader = (form: 'point' | 'disc', summed: boolean) =>
  `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
layout(location = 0) in uint aFrom;
layout(location = 1) in uint aTo;
layout(location = 2) in uint aAction;
layout(location = 3) in uint aObserved;
layout(location = 4) in uint aSet;
layout(location = 5) in uint aSeatFrom;
layout(location = 6) in uint aSeatTo;
uniform usampler2D uLevels;
uniform usampler2D uMembers;
uniform usampler2D uGroups;
uniform usampler2D uFound;
uniform sampler2D uRoads;
uniform sampler2D uPalette;
uniform vec4 uPlaces[${CLUSTER_LIMIT}];
uniform uvec4 uOrder;
uniform uvec4 uPaint;
uniform bool uGrouped;
uniform bool uSeated;
// Whether agents are looked for: who is not found shows the last colour of the palette, of a P none.
uniform float uLost;
uniform vec4 uCamera;
uniform vec2 uPixel;
uniform float uProgress;
uniform float uSize;
uniform float uRoad;
${summed ? 'flat out uint vShown;' : 'flat out vec4 vColour;'}

const float UNIT = 1.0 / 4294967296.0;

uint lookUp(usampler2D table, uint at) {
  return texelFetch(table, ivec2(int(at % ${ROW}u), int(at / ${ROW}u)), 0).r;
}

vec2 seatAt(uint seat) {
  float radius = sqrt((float(seat) + 0.5) / float(uOrder.x));
  float angle = float((seat + 1u) * 0x9e3779b9u) * UNIT * 6.283185307179586;
  return radius * vec2(cos(angle), sin(angle));
}

void main() {
  uint agent = uint(${form === 'point' ? 'gl_VertexID' : 'gl_InstanceID'}) * uOrder.z + uOrder.w;
  uint from = uGrouped ? lookUp(uGroups, aSet) : aFrom;
  uint to = uGrouped ? from : aTo;
  // uPaint = what is shown, actions, the action whose P it is, whether the tick was played.
  bool played = uPaint.w == 1u;
  uint shown = uPaint.x == ${PAINTS.trait}u ? lookUp(uMembers, aSet)
    : uPaint.x == ${PAINTS.probability}u ? (played ? lookUp(uLevels, aObserved * uPaint.y + uPaint.z) : 0u)
    : played && lookUp(uLevels, aObserved * uPaint.y) > 0u ? aAction : ${SILENT}u;
  bool lost = uLost >= 0.0 && ((lookUp(uFound, agent >> 3) >> (agent & 7u)) & 1u) == 0u;
  if (lost) shown = uint(uLost);

  // Seeds of a sunflower: everybody's own, or dealt out so that people of a kind do not stand together.
  uint dealt = (agent * uOrder.y) % uOrder.x;
  vec2 before = seatAt(uSeated ? aSeatFrom : dealt);
  vec2 after = seatAt(uSeated ? aSeatTo : dealt);
  vec4 a = uPlaces[from];
  vec4 b = uPlaces[to];
  vec2 at = b.xy + after * b.w;
  if (uProgress < 1.0) {
    if (from == to) at = mix(a.xy + before * a.z, at, uProgress);
    else {
      // Everybody leaves when they are ready, walks at their own pace and arrives in time.
      uint h = (agent + 1u) * 0x85ebca6bu;
      float leaves = float(h) * UNIT * 0.35;
      float takes = (1.0 - leaves) * (0.6 + 0.4 * float((h ^ (h >> 15)) * 0xc2b2ae35u) * UNIT);
      float t = clamp((uProgress - leaves) / takes, 0.0, 1.0);
      t = t * t * (3.0 - 2.0 * t);
      float along = t * ${(ROAD_POINTS - 1).toFixed(1)};
      int k = int(min(floor(along), ${(ROAD_POINTS - 2).toFixed(1)}));
      int column = int(to) * ${ROAD_POINTS} + k;
      vec2 middle = mix(texelFetch(uRoads, ivec2(column, int(from)), 0).rg,
        texelFetch(uRoads, ivec2(column + 1, int(from)), 0).rg, along - float(k));
      float spread = mix(mix(a.z, uRoad, smoothstep(0.0, 0.3, t)), b.w, smoothstep(0.7, 1.0, t));
      at = middle + mix(before, after, t) * spread;
    }
  }

  // Of all that cover a pixel the nearest is seen: chance says who that is, not the order of drawing; who is found comes
  // before who is not.
  uint lot = (agent ^ (agent >> 16)) * 0x7feb352du;
  lot = (lot ^ (lot >> 15)) * 0x846ca68bu;
  lot = lot ^ (lot >> 16);
  float depth = float(lot >> 8) / 8388608.0 - 1.0;
  if (uLost >= 0.0) depth = depth * 0.5 + (lost ? 0.5 : -0.5);
  vec2 corner = ${form === 'point' ? 'vec2(0.0)' : `cornerOf(gl_VertexID) * uSize * uPixel`};
  gl_Position = vec4(at * uCamera.xy + uCamera.zw + corner, depth, 1.0);
  ${form === 'point' ? 'gl_PointSize = max(1.0, 2.0 * uSize);' : ''}
${summed ? 'vShown = shown;' : 'vColour = texelFetch(uPalette, ivec2(int(shown), 0), 0);'}
}`.replace('void main', form === 'disc' ? `${cornerOf}\nvoid main` : 'void main');

/** Corners of a dot that is large enough to be seen as round. */
export const DISC = 12;
/** A strip that zigzags from one side of the dot to the other. */
const cornerOf = `vec2 cornerOf(int i) {
  int step = (i + 1) / 2;
  float angle = float(i % 2 == 0 ? step : ${DISC} - step) * ${((2 * Math.PI) / DISC).toFixed(9)};
  return vec2(cos(angle), sin(angle));
}`;

/** Each sample of a pixel shows one agent. */
export const chosenFragment = `#version 300 es
precision highp float;
flat in vec4 vColour;
out vec4 colour;
void main() { colour = vColour; }`;

/** Edges between agents, in one colour. */
export const edgeFragment = `#version 300 es
precision highp float;
uniform vec4 uEdge;
out vec4 colour;
void main() { colour = vec4(uEdge.rgb * uEdge.a, uEdge.a); }`;

/** The most pictures that sums are drawn to at once, each of four. */
const TARGETS = 8;
/** The most values whose shares are added up; with more, each sample of a pixel shows one agent. */
export const SUMMED_LIMIT = 4 * TARGETS - 1;
/** How many pictures the sums of so many values take, and of those who show none. */
export const targetsOf = (values: number): number => Math.ceil((values + 1) / 4);

const outputs = (targets: number) =>
  Array.from({ length: targets }, (_, t) => `layout(location = ${t}) out vec4 sum${t};`).join('\n');

/**
 * Adds up, for each pixel, how many agents cover it that show each value, and last those that show none; of a
 * probability instead Σ P, agents with a P, agents.
 */
export const summedFragment = (of: 'probability' | number) => `#version 300 es
precision highp float;
precision highp int;
flat in uint vShown;
uniform float uSize;
${outputs(of === 'probability' ? 1 : targetsOf(of))}
void main() {
  float cover = uSize <= 0.75 ? 1.0 : clamp(uSize + 0.5 - length(gl_PointCoord - 0.5) * 2.0 * uSize, 0.0, 1.0);
  if (cover <= 0.0) discard;
  ${
    of === 'probability'
      ? 'sum0 = (vShown == 0u ? vec4(0.0, 0.0, 1.0, 1.0) : vec4((float(vShown) - 1.0) / 254.0, 1.0, 1.0, 1.0)) * cover;'
      : `uint value = vShown == ${SILENT}u ? ${of}u : vShown;
  ${Array.from({ length: targetsOf(of) }, (_, t) => `sum${t} = vec4(equal(uvec4(${[0, 1, 2, 3].map((c) => `${4 * t + c}u`)}), uvec4(value))) * cover;`).join('\n  ')}`
  }
}`;

export const screenVertex = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/** A number from 0 to 1 for each pixel or block, evenly spread over any area: R2, Roberts 2018. */
const evenly = `float evenly(ivec2 at) {
  return fract((float(at.x) + 0.5) * 0.7548776662 + (float(at.y) + 0.5) * 0.5698402910);
}`;

/** The mean P of a pixel in the legend's colours. Where some got no P, as many of the pixels show that. */
export const meanFragment = `#version 300 es
precision highp float;
uniform sampler2D uSums0;
uniform sampler2D uPalette;
out vec4 colour;
${evenly}
void main() {
  vec3 sum = texelFetch(uSums0, ivec2(gl_FragCoord.xy), 0).rgb;
  if (sum.b <= 0.0) discard;
  float lot = evenly(ivec2(gl_FragCoord.xy));
  vec3 known;
  if (lot * sum.b >= sum.g) known = texelFetch(uPalette, ivec2(0, 0), 0).rgb;
  else {
    float level = 1.0 + 254.0 * clamp(sum.r / sum.g, 0.0, 1.0);
    int low = int(min(floor(level), 254.0));
    known = mix(texelFetch(uPalette, ivec2(low, 0), 0).rgb, texelFetch(uPalette, ivec2(low + 1, 0), 0).rgb, level - float(low));
  }
  colour = vec4(known, 1.0) * min(1.0, sum.b);
}`;

/** Pixels a side of the squares in which colours are dealt out. */
export const BLOCK = 4;
const PIXELS = BLOCK * BLOCK;

const sumsOf = (values: number) => {
  const targets = range(targetsOf(values));
  return {
    targets,
    declared: targets.map((t) => `uniform sampler2D uSums${t};`).join('\n'),
    /** Reads the sums of a pixel. */
    read: (at: string) => targets.map((t) => `sums[${t}] = texelFetch(uSums${t}, ${at}, 0);`).join('\n    '),
  };
};

/**
 * Which value each pixel of a square shows, a byte each from the first row on. They are dealt out to the square together: as many
 * have a value as is its share of the agents under the square, to a pixel, and what is left over one square gives to the next by
 * evenly spread lots (systematic sampling: Madow & Madow, "On the theory of systematic sampling", 1944). Within the square each
 * value goes where its agents are.
 */
export const dealtFragment = (values: number) => {
  const { targets, declared, read } = sumsOf(values);
  return `#version 300 es
precision highp float;
precision highp int;
${declared}
out uvec4 dealt;
${evenly}
// Agents, and the mean of what they show.
vec2 underneath(vec4 sums[${targets.length}]) {
  float agents = 0.0;
  float mean = 0.0;
  for (int t = 0; t < ${targets.length}; t++) {
    agents += dot(sums[t], vec4(1.0));
    mean += dot(sums[t], float(4 * t) + vec4(0.0, 1.0, 2.0, 3.0));
  }
  return vec2(agents, agents > 0.0 ? mean / agents : 0.0);
}
void main() {
  ivec2 corner = ivec2(gl_FragCoord.xy) * ${BLOCK};
  vec4 sums[${targets.length}];
  vec4 all[${targets.length}];
  ${targets.map((t) => `all[${t}] = vec4(0.0);`).join('\n  ')}
  float paint[${PIXELS}];
  float mean[${PIXELS}];
  float lot[${PIXELS}];
  float painted = 0.0;
  for (int i = 0; i < ${PIXELS}; i++) {
    ivec2 at = corner + ivec2(i % ${BLOCK}, i / ${BLOCK});
    paint[i] = 0.0;
    if (any(greaterThanEqual(at, textureSize(uSums0, 0)))) continue;
    ${read('at')}
    vec2 own = underneath(sums);
    if (own.x <= 0.0) continue;
    ${targets.map((t) => `all[${t}] += sums[${t}];`).join('\n    ')}
    paint[i] = min(1.0, own.x);
    mean[i] = own.y;
    lot[i] = evenly(at);
    painted += paint[i];
  }
  dealt = uvec4(0u);
  if (painted <= 0.0) return;
  uvec4 bytes = uvec4(0u);
  float agents = underneath(all).x;
  float turn = evenly(corner / ${BLOCK});
  for (int i = 0; i < ${PIXELS}; i++) {
    if (paint[i] <= 0.0) continue;
    float before = 0.0;
    for (int j = 0; j < ${PIXELS}; j++)
      if (paint[j] > 0.0 && (mean[j] < mean[i] || (mean[j] == mean[i] && lot[j] < lot[i]))) before += paint[j];
    float left = (before + turn * paint[i]) / painted * agents;
    int shown = 0;
    for (int value = 0; value <= ${values}; value++) {
      float share = all[value / 4][value % 4];
      if (share > 0.0) shown = value;
      left -= share;
      if (left < 0.0) break;
    }
    bytes[i / 4] |= uint(shown) << uint(8 * (i % 4));
  }
  dealt = bytes;
}`;
};

/** Shows what was dealt out, as strongly as agents cover each pixel. */
export const sharesFragment = (values: number) => {
  const { targets, declared, read } = sumsOf(values);
  return `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
${declared}
uniform usampler2D uDealt;
uniform sampler2D uPalette;
out vec4 colour;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec4 sums[${targets.length}];
  ${read('at')}
  float agents = 0.0;
  for (int t = 0; t < ${targets.length}; t++) agents += dot(sums[t], vec4(1.0));
  if (agents <= 0.0) discard;
  int i = at.x % ${BLOCK} + ${BLOCK} * (at.y % ${BLOCK});
  uint shown = (texelFetch(uDealt, at / ${BLOCK}, 0)[i / 4] >> uint(8 * (i % 4))) & 255u;
  colour = vec4(texelFetch(uPalette, ivec2(shown == ${values}u ? ${SILENT} : int(shown), 0), 0).rgb, 1.0) * min(1.0, agents);
}`;
};

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
