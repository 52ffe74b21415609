import { containersOf, isOurs, nameOf, podsOf, type Manifest, type Pods } from './manifest.ts';

/** What the SDK of AWS reads itself (docs/configuration.md, S3). */
const OF_AWS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/** What stands for a secret that is elsewhere: something that its variable allows. */
const EXAMPLES: Record<string, string> = {
  AMQP_URL: 'amqps://user:example@broker:5671',
  AUTH_DATABASE_URL: 'postgres://auth:example@database/auth',
  VIDEO_DATABASE_URL: 'postgres://video:example@database/video',
  NOTIFY_DATABASE_URL: 'postgres://notify:example@database/notify',
};

/** The variables that the container of a pod finds when it starts; optional secrets are left out. */
export function environmentOf(objects: Manifest[], { spec }: Pods): Record<string, string> {
  const [container] = spec.containers;
  const find = (kind: string, name: string | undefined) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name)?.data as
      Record<string, string> | undefined;
  const shared = (container?.envFrom ?? []).flatMap(({ configMapRef }) =>
    Object.entries(find('ConfigMap', configMapRef?.name) ?? {}),
  );
  const own = (container?.env ?? []).flatMap(({ name, value, valueFrom }): [string, string][] => {
    if (value !== undefined) return [[name, value]];
    const from = valueFrom?.secretKeyRef;
    if (from?.optional) return [];
    const made = find('Secret', from?.name)?.[from?.key ?? ''];
    const text = made === undefined ? EXAMPLES[name] : Buffer.from(made, 'base64').toString();
    return [[name, text ?? '']];
  });
  return Object.fromEntries([...shared, ...own]);
}

/** Variables of our containers that nobody reads, one sentence each. */
export const unknownVariables = (objects: Manifest[], known: readonly string[]): string[] =>
  podsOf(objects)
    .filter(isOurs)
    .flatMap((pods) => {
      const named = containersOf(pods).flatMap(({ env = [] }) => env.map(({ name }) => name));
      const names = new Set([...Object.keys(environmentOf(objects, pods)), ...named]);
      return [...names]
        .filter((name) => !known.includes(name) && !OF_AWS.includes(name))
        .map((name) => `${nameOf(pods.owner)}: ${name}`);
    });
