import type { Channels } from '../store.ts';
import { ATTRIBUTES, BLOCK, ROW, SILENT } from './shaders.ts';

export interface Program {
  readonly program: WebGLProgram;
  readonly uniforms: ReadonlyMap<string, WebGLUniformLocation>;
}

/** An unsigned integer of each agent, on the graphics card. */
export interface ColumnBuffer {
  readonly buffer: WebGLBuffer;
  readonly bytes: 1 | 2 | 4;
}

/** Texture units of the samplers; those that are not bound to anything yet hold a single zero. */
const UNITS = { uLevels: 0, uMembers: 1, uGroups: 2, uRoads: 3, uPalette: 4, uFound: 5, uDealt: 6 } as const;
type Sampler = keyof typeof UNITS | `uSums${number}`;
const unitOf = (name: Sampler): number =>
  name in UNITS ? UNITS[name as keyof typeof UNITS] : Object.keys(UNITS).length + Number(name.slice('uSums'.length));
type Value = boolean | number | Float32Array | readonly number[];

/** What the town needs of WebGL 2. */
export class Gpu {
  readonly canvas = document.createElement('canvas');
  /** Whether sums can be drawn: numbers are added up in the picture. */
  readonly sums: boolean;
  readonly #gl: WebGL2RenderingContext;
  readonly #textures = new Map<Sampler, WebGLTexture>();
  #frame: WebGLFramebuffer | undefined;
  #dealt: WebGLFramebuffer | undefined;
  #targets = 0;

  /** @throws if the browser has no WebGL 2 */
  constructor() {
    const gl = this.canvas.getContext('webgl2', { antialias: true, depth: true, alpha: true });
    if (!gl) throw new Error('this browser offers no WebGL 2');
    this.#gl = gl;
    this.sums = Boolean(gl.getExtension('EXT_color_buffer_float') && gl.getExtension('EXT_float_blend'));
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.depthFunc(gl.LESS);
    for (const name of ['uLevels', 'uMembers', 'uGroups', 'uFound'] as const) this.table(name, new Uint8Array(1));
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  program(vertex: string, fragment: string): Program {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
      throw new Error(`the picture's program does not compile: ${[gl.getProgramInfoLog(program), ...logs].join(' ')}`);
    }
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
    const uniforms = new Map<string, WebGLUniformLocation>();
    for (let i = 0; i < count; i++) {
      const { name } = gl.getActiveUniform(program, i)!;
      uniforms.set(name.replace('[0]', ''), gl.getUniformLocation(program, name)!);
    }
    gl.useProgram(program);
    for (const [name, at] of uniforms)
      if (name in UNITS || name.startsWith('uSums')) gl.uniform1i(at, unitOf(name as Sampler));
    return { program, uniforms };
  }

  /** Puts a column on the card as it is, into the buffer of the last one if there was one. */
  column(data: Uint8Array | Uint16Array | Uint32Array, before?: ColumnBuffer): ColumnBuffer {
    const gl = this.#gl;
    const buffer = before?.buffer ?? gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    return { buffer, bytes: data.BYTES_PER_ELEMENT as 1 | 2 | 4 };
  }

  /** Bytes to be looked up by their number. */
  table(name: 'uLevels' | 'uMembers' | 'uGroups' | 'uFound', bytes: Uint8Array): void {
    const gl = this.#gl;
    const rows = Math.max(1, Math.ceil(bytes.length / ROW));
    const texels = new Uint8Array(rows * ROW);
    texels.set(bytes);
    this.#bind(name);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, ROW, rows, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, texels);
  }

  /** Points of the ways between places. */
  ways(points: Float32Array, columns: number): void {
    const gl = this.#gl;
    this.#bind('uRoads');
    const rows = points.length / 2 / columns;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, columns, rows, 0, gl.RG, gl.FLOAT, points);
  }

  /** Colours by what is shown; those beyond the palette begin again after the first. */
  palette(colours: readonly Channels[], silent: Channels): void {
    const gl = this.#gl;
    const texels = new Uint8Array(4 * 256);
    for (let i = 0; i < 256; i++) {
      const colour =
        i < colours.length
          ? colours[i]!
          : i === SILENT
            ? silent
            : colours[1 + ((i - 1) % Math.max(1, colours.length - 1))];
      texels.set([...(colour ?? silent).map((channel) => Math.round(channel * 255)), 255], 4 * i);
    }
    this.#bind('uPalette');
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  }

  resize(width: number, height: number, resolution: number): void {
    const { canvas } = this;
    canvas.width = Math.max(1, Math.round(width * resolution));
    canvas.height = Math.max(1, Math.round(height * resolution));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const gl = this.#gl;
    for (const frame of [this.#frame, this.#dealt]) if (frame) gl.deleteFramebuffer(frame);
    this.#frame = undefined;
    this.#dealt = undefined;
  }

  clear(): void {
    const gl = this.#gl;
    gl.viewport(0, 0, this.width, this.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.disable(gl.BLEND);
    gl.enable(gl.DEPTH_TEST);
  }

  use({ program, uniforms }: Program, values: Readonly<Record<string, Value>>): void {
    const gl = this.#gl;
    gl.useProgram(program);
    for (const [name, value] of Object.entries(values)) {
      const at = uniforms.get(name);
      if (at === undefined) continue;
      if (typeof value === 'boolean') gl.uniform1i(at, value ? 1 : 0);
      else if (typeof value === 'number') gl.uniform1f(at, value);
      else if (name === 'uPaint') gl.uniform4uiv(at, value);
      else if (value.length === 2) gl.uniform2fv(at, value);
      else gl.uniform4fv(at, value);
    }
  }

  order({ uniforms }: Program, order: readonly number[]): void {
    this.#gl.uniform4uiv(uniforms.get('uOrder')!, order);
  }

  /** Every `step`-th value of a column from the `first` on; all ones without a column. */
  attribute(index: number, column: ColumnBuffer | undefined, first: number, step: number, instanced: boolean): void {
    const gl = this.#gl;
    if (!column) {
      gl.disableVertexAttribArray(index);
      gl.vertexAttribI4ui(index, 0, 0, 0, 0);
      return;
    }
    const { buffer, bytes } = column;
    const type = bytes === 1 ? gl.UNSIGNED_BYTE : bytes === 2 ? gl.UNSIGNED_SHORT : gl.UNSIGNED_INT;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(index);
    gl.vertexAttribIPointer(index, 1, type, bytes * step, bytes * first);
    gl.vertexAttribDivisor(index, instanced ? 1 : 0);
  }

  /** @param corners of each instance; undefined for points */
  drawCrowd(corners: number | undefined, count: number): void {
    const gl = this.#gl;
    if (corners === undefined) gl.drawArrays(gl.POINTS, 0, count);
    else gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, corners, count);
  }

  /** Lines between the agents whose numbers follow each other in pairs, over what is there. */
  drawLines(ends: WebGLBuffer, count: number): void {
    const gl = this.#gl;
    gl.disable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, ends);
    gl.drawElements(gl.LINES, count, gl.UNSIGNED_INT, 0);
    gl.disable(gl.BLEND);
    gl.enable(gl.DEPTH_TEST);
  }

  /** Puts pairs of agents on the card. */
  pairs(ends: Uint32Array, before?: WebGLBuffer): WebGLBuffer {
    const gl = this.#gl;
    const buffer = before ?? gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, ends, gl.STATIC_DRAW);
    return buffer;
  }

  /** Draws sums into pictures of their own. */
  summing(targets: number, draw: () => void): void {
    const gl = this.#gl;
    if (!this.#frame || this.#targets !== targets) {
      if (this.#frame) gl.deleteFramebuffer(this.#frame);
      this.#frame = gl.createFramebuffer();
      this.#targets = targets;
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.#frame);
      const attachments = Array.from({ length: targets }, (_, t) => gl.COLOR_ATTACHMENT0 + t);
      attachments.forEach((attachment, t) => {
        const texture = this.#bind(`uSums${t}`);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, this.width, this.height, 0, gl.RGBA, gl.FLOAT, null);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, attachment, gl.TEXTURE_2D, texture, 0);
      });
      gl.drawBuffers(attachments);
    } else gl.bindFramebuffer(gl.FRAMEBUFFER, this.#frame);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.disable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE);
    draw();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.BLEND);
  }

  /** Runs a program for every square of pixels, into a picture of four integers each. */
  deal(program: Program): void {
    const gl = this.#gl;
    const [columns, rows] = [Math.ceil(this.width / BLOCK), Math.ceil(this.height / BLOCK)];
    if (!this.#dealt) {
      this.#dealt = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.#dealt);
      const texture = this.#bind('uDealt');
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32UI, columns, rows, 0, gl.RGBA_INTEGER, gl.UNSIGNED_INT, null);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    } else gl.bindFramebuffer(gl.FRAMEBUFFER, this.#dealt);
    gl.viewport(0, 0, columns, rows);
    this.fill(program);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.width, this.height);
  }

  /** Runs a program for every pixel. */
  fill(program: Program): void {
    const gl = this.#gl;
    gl.useProgram(program.program);
    for (let i = 0; i < ATTRIBUTES.length; i++) gl.disableVertexAttribArray(i);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  close(): void {
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
    this.canvas.remove();
  }

  #bind(name: Sampler): WebGLTexture {
    const gl = this.#gl;
    let texture = this.#textures.get(name);
    gl.activeTexture(gl.TEXTURE0 + unitOf(name));
    if (!texture) {
      texture = gl.createTexture();
      this.#textures.set(name, texture);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
        gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
      for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
        gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
    } else gl.bindTexture(gl.TEXTURE_2D, texture);
    return texture;
  }
}
