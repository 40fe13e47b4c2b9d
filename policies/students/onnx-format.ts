import protobuf from 'protobufjs';

/**
 * The part of ONNX that students use, with the field numbers of onnx.proto (https://github.com/onnx/onnx, IR version 8).
 */
const schema = `syntax = "proto3";
message Attribute { string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message Value { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Entry { string key = 1; string value = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; repeated Entry metadata_props = 14; }`;

const Model = protobuf.parse(schema, { keepCase: true }).root.lookupType('Model');

export const FLOAT = 1;
export const INT64 = 7;
const attributeTypes = { f: 1, i: 2, ints: 7 } as const;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, { f: number } | { i: number } | { ints: readonly number[] }>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** A named value and its shape; a dimension in words may be any size. */
export interface OnnxValue {
  readonly name: string;
  readonly type: typeof FLOAT | typeof INT64;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of an ONNX file, opset 18: the same for the same model. */
export function onnxBytes(model: OnnxModel): Uint8Array {
  const message = {
    ir_version: 8,
    producer_name: 'understudy',
    opset_import: [{ domain: '', version: 18 }],
    metadata_props: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'student',
      node: model.nodes.map((node) => ({
        input: node.inputs,
        output: [node.output],
        name: node.output,
        op_type: node.op,
        attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => ({
          name,
          ...value,
          type: attributeTypes[Object.keys(value)[0] as keyof typeof attributeTypes],
        })),
      })),
      initializer: model.tensors.map(({ name, shape, values }) => ({
        dims: shape,
        data_type: values instanceof Float32Array ? FLOAT : INT64,
        name,
        raw_data: littleEndian(values),
      })),
      input: [valueMessage(model.input)],
      output: [valueMessage(model.output)],
    },
  };
  return Model.encode(Model.fromObject(message)).finish();
}

interface GraphMessage {
  node: { name: string; input: string[]; output: string[]; op_type: string }[];
  initializer: { name: string }[];
  input: { name: string }[];
  output: { name: string }[];
}

/**
 * One ONNX file that gives the mean of what several give, all of them over the same input and with the same output.
 * @param files their bytes, one or more, as `onnxBytes` writes them
 */
export function meanOfOnnx(files: readonly Uint8Array[], metadata: OnnxModel['metadata']): Uint8Array {
  const models = files.map((file) => Model.decode(file) as unknown as { graph: GraphMessage });
  const { input, output } = models[0]!.graph;
  const shared = new Set(input.map(({ name }) => name));
  const node: GraphMessage['node'] = [];
  const initializer: GraphMessage['initializer'] = [];
  for (const [m, { graph }] of models.entries()) {
    const own = (name: string) => (shared.has(name) ? name : `member${m}.${name}`);
    initializer.push(...graph.initializer.map((tensor) => Object.assign(tensor, { name: own(tensor.name) })));
    for (const one of graph.node)
      node.push(Object.assign(one, { name: own(one.name), input: one.input.map(own), output: one.output.map(own) }));
  }
  const [{ name }] = output as [{ name: string }];
  node.push({ name, op_type: 'Mean', input: models.map((_, m) => `member${m}.${name}`), output: [name] });
  const merged = { name: 'ensemble', node, initializer, input, output };
  const metadata_props = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return Model.encode(Model.fromObject({ ...models[0], graph: merged, metadata_props })).finish();
}

/**
 * A trained tensor of an ONNX file by its name.
 * @returns undefined where the file has none of that name that is stored as `onnxBytes` stores one
 */
export function tensorOf(file: Uint8Array, name: string): { shape: number[]; values: Float32Array } | undefined {
  const { graph } = Model.decode(file) as unknown as {
    graph: {
      initializer: {
        name: string;
        data_type: number;
        dims: (number | { toNumber(): number })[];
        raw_data: Uint8Array;
      }[];
    };
  };
  const tensor = graph.initializer.find((one) => one.name === name);
  if (!tensor || tensor.data_type !== FLOAT) return undefined;
  const shape = tensor.dims.map(Number);
  const { buffer, byteOffset, byteLength } = tensor.raw_data;
  if (byteLength !== shape.reduce((a, b) => a * b, 4)) return undefined;
  const view = new DataView(buffer, byteOffset, byteLength);
  return { shape, values: Float32Array.from({ length: byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true)) };
}

const valueMessage = ({ name, type, shape }: OnnxValue) => ({
  name,
  type: {
    tensor_type: {
      elem_type: type,
      shape: { dim: shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size })) },
    },
  },
});

/** ONNX stores raw data in little-endian order whatever the machine's is. */
function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.byteLength));
  if (values instanceof Float32Array) values.forEach((value, i) => { view.setFloat32(4 * i, value, true); }); // biome-ignore format: two lines that mirror each other
  else values.forEach((value, i) => { view.setBigInt64(8 * i, value, true); }); // biome-ignore format: two lines that mirror each other
  return new Uint8Array(view.buffer);
}
