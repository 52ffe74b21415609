import { z } from 'zod';

const cidr = z.cidrv4();

/** Networks that may be told of the cluster's endpoint; never the whole world. */
const narrow = cidr.refine((network) => Number(network.split('/')[1]) >= 16, 'at most a /16');

const environment = z.strictObject({
  /** The AWS account, one for each environment. */
  account: z.string().regex(/^\d{12}$/),
  region: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/),
  network: z.strictObject({
    cidr: cidr.refine((network) => network.endsWith('/16'), 'a /16'),
    /** One NAT gateway for each zone, or one for all. */
    natPerZone: z.boolean(),
  }),
  cluster: z.strictObject({
    version: z.string().regex(/^1\.\d\d$/),
    /** From where people reach the cluster's API. */
    adminNetworks: z.array(narrow),
    /** Roles that administer the cluster. */
    adminPrincipals: z.array(z.string().startsWith('arn:aws:iam::')).min(1),
    services: z.strictObject({
      types: z.array(z.string()).min(1),
      min: z.int().min(1),
      max: z.int().max(100),
    }),
    processors: z.strictObject({
      types: z.array(z.string()).min(1),
      min: z.int().min(0),
      max: z.int().max(1000),
    }),
  }),
  data: z.strictObject({
    databaseClass: z.string().startsWith('db.'),
    databaseGigabytes: z.int().min(20),
    multiZone: z.boolean(),
    brokerType: z.string().startsWith('mq.'),
    backupDays: z.int().min(1).max(35),
    /** Objects go after so many days at the latest; longer than the application keeps them. */
    objectDays: z.int().min(31),
  }),
  mail: z.strictObject({ domain: z.string().includes('.'), sender: z.email() }),
  /** The name people reach the system by, and its Route 53 zone when that is ours. */
  edge: z.strictObject({ host: z.string().includes('.'), zoneId: z.string().startsWith('Z').optional() }),
  budget: z.strictObject({ dollars: z.int().min(1), email: z.email() }),
  /** Nothing that holds data can be deleted by mistake. */
  protect: z.boolean(),
});

const settings = z.strictObject({
  /** The repository whose workflows may plan, publish and apply. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  environments: z.strictObject({ prod: environment, dev: environment.optional() }),
});

export type Environment = z.output<typeof environment> & { name: string; repository: string };

/**
 * Check settings and give each environment its name.
 * @throws ZodError that names what is wrong and where
 */
export function readSettings(given: unknown): Environment[] {
  const { repository, environments } = settings.parse(given);
  return Object.entries(environments).flatMap(([name, found]) =>
    found ? [{ ...found, name, repository }] : [],
  );
}
