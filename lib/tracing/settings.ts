import { z } from 'zod';

/** `name=value` pairs with commas between them, percent-encoded, as OpenTelemetry's variables hold them. */
const pairs = z
  .string()
  .regex(/^\s*[^=,\s]+\s*=[^,]*(,\s*[^=,\s]+\s*=[^,]*)*$/)
  .refine((text) => canDecode(text))
  .transform((text) =>
    Object.fromEntries(
      text.split(',').map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return [name.trim(), decodeURIComponent(value.join('=').trim())];
      }),
    ),
  )
  .describe('name=value pairs with commas between them, percent-encoded');

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** OpenTelemetry's standard variables, as far as they are honoured. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .describe('an http or https URL')
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  OTEL_SERVICE_NAME: z.string().min(1).describe('a name').optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: z.enum(samplers).describe(samplers.join(', ')).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).describe('a number from 0 to 1').default(1),
};

type Set = z.output<z.ZodObject<typeof tracingSettings>>;

/** @returns how traces are exported; null when they are not */
export function tracingConfig(set: Set) {
  if (set.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return null;
  return {
    url: `${set.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, '')}/v1/traces`,
    headers: set.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    /** Unset: named after the service that the process runs. */
    serviceName: set.OTEL_SERVICE_NAME,
    attributes: set.OTEL_RESOURCE_ATTRIBUTES ?? {},
    sampler: set.OTEL_TRACES_SAMPLER,
    ratio: set.OTEL_TRACES_SAMPLER_ARG,
  };
}

export type TracingConfig = NonNullable<ReturnType<typeof tracingConfig>>;
