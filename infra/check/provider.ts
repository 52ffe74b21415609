import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, ExtData } from '@msgpack/msgpack';
import { providerSchema, schemaOf, type Block } from './bindings.ts';

/** What Terraform is told to attach to, and how to end it. */
export interface Provider {
  /** The value of TF_REATTACH_PROVIDERS. */
  reattach: string;
  stop: () => void;
}

const ADDRESS = 'registry.terraform.io/hashicorp/aws';
const NESTING = { single: 1, list: 2, set: 3 };
/** A value that is known only after the change. */
const UNKNOWN = new ExtData(0, new Uint8Array([0]));

/**
 * Serve Terraform a provider that knows the schemas of the resource types and changes nothing: enough for `validate` and
 * `plan`, without an account or a network.
 * @param types as `aws_sqs_queue`
 */
export async function serveProvider(types: string[]): Promise<Provider> {
  const blocks = new Map(types.map((type) => [type, schemaOf(type)]));
  const definition = loadSync(join(import.meta.dirname, 'provider.proto'), { keepCase: true, longs: Number });
  const service = grpc.loadPackageDefinition(definition).tfplugin6 as unknown as {
    Provider: { service: grpc.ServiceDefinition };
  };
  const server = new grpc.Server({
    'grpc.max_send_message_length': -1,
    'grpc.max_receive_message_length': -1,
  });
  server.addService(service.Provider.service, answers(blocks));
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const Addr = { Network: 'tcp', String: `127.0.0.1:${port}` };
  const reattach = { Protocol: 'grpc', ProtocolVersion: 6, Pid: process.pid, Test: true, Addr };
  return { reattach: JSON.stringify({ [ADDRESS]: reattach }), stop: () => server.forceShutdown() };
}

interface DynamicValue {
  msgpack: Uint8Array;
}

interface PlanRequest {
  type_name: string;
  proposed_new_state: DynamicValue;
  config: DynamicValue;
}

function answers(blocks: Map<string, Block>): grpc.UntypedServiceImplementation {
  const schemas: Record<string, unknown> = {};
  for (const [type, block] of blocks) schemas[type] = { version: 0, block: toWire(block) };
  const all = { provider: { block: toWire(providerSchema()) }, resource_schemas: schemas };
  const answer =
    (make: (request: PlanRequest) => unknown): grpc.handleUnaryCall<unknown, unknown> =>
    (call, done) => {
      try {
        done(null, make(call.request as PlanRequest));
      } catch (error) {
        done(error as Error);
      }
    };
  const nothing = answer(() => ({}));
  return {
    GetProviderSchema: answer(() => all),
    ValidateProviderConfig: nothing,
    ValidateResourceConfig: answer((request) => validate(blocks, request)),
    ValidateDataResourceConfig: nothing,
    GetResourceIdentitySchemas: nothing,
    ConfigureProvider: nothing,
    PlanResourceChange: answer((request) => plan(blocks, request)),
    StopProvider: nothing,
  };
}

/** Terraform leaves it to providers to refuse values for what is only computed. */
function validate(blocks: Map<string, Block>, { type_name, config }: PlanRequest) {
  const given = decode(config.msgpack) as Record<string, unknown>;
  const diagnostics = (blocks.get(type_name)?.attributes ?? [])
    .filter(({ name, computed, optional }) => computed && !optional && given[name] !== null)
    .map(({ name }) => ({ severity: 1, summary: 'Value for unconfigurable attribute', detail: name }));
  return { diagnostics };
}

function plan(blocks: Map<string, Block>, { type_name, proposed_new_state }: PlanRequest) {
  const block = blocks.get(type_name);
  const state = decode(proposed_new_state.msgpack);
  if (block && isRecord(state)) fillUnknown(block, state);
  return { planned_state: { msgpack: encode(state) }, legacy_type_system: true };
}

/** What is computed and was not given will be known after the change. */
function fillUnknown(block: Block, value: Record<string, unknown>): void {
  for (const { name, computed } of block.attributes) {
    if (computed && value[name] === null) value[name] = UNKNOWN;
  }
  for (const { name, block: inner } of block.blocks) {
    for (const item of [value[name]].flat()) if (isRecord(item)) fillUnknown(inner, item);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExtData);

function toWire({ attributes, blocks }: Block): unknown {
  return {
    attributes: attributes.map(({ type, ...rest }) => ({ ...rest, type: Buffer.from(JSON.stringify(type)) })),
    block_types: blocks.map(({ name, block, nesting, required }) => ({
      type_name: name,
      block: toWire(block),
      nesting: NESTING[nesting],
      // An optional block of the kind `single` is null when it is missing.
      min_items: required && nesting !== 'single' ? 1 : 0,
    })),
  };
}
