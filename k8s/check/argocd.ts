import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application';
import type { IAppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { nameOf, ofKind, type Manifest } from './manifest.ts';

/** The Applications among objects. */
export const applications = (of: Manifest[]) => ofKind<IApplication['spec']>(of, 'Application');
/** The projects among objects. */
export const projects = (of: Manifest[]) => ofKind<IAppProject['spec']>(of, 'AppProject');

type Application = ReturnType<typeof applications>[number];
type Project = ReturnType<typeof projects>[number];
type Holds = (application: Application, project: Project | undefined, repository: string) => boolean;

/** What must be so of an Application, given its project and the repository that is ours. */
export const applicationRules: Record<string, Holds> = {
  'its project is there': (_application, project) => project !== undefined,
  'its source is allowed': ({ spec }, project) =>
    project?.spec.sourceRepos?.includes(spec.source?.repoURL ?? '') === true,
  'its destination is allowed': ({ spec }, project) =>
    project?.spec.destinations?.some(
      ({ server, namespace }) =>
        server === spec.destination.server && namespace === spec.destination.namespace,
    ) === true,
  'what is not ours is pinned': ({ spec: { source } }, _project, repository) =>
    source?.repoURL === repository
      ? source.targetRevision === 'main'
      : /^v?\d+\.\d+\.\d+$/.test(source?.targetRevision ?? ''),
  'it keeps to what is written, but never deletes all': ({ spec: { syncPolicy } }) => {
    const { prune, selfHeal, allowEmpty } = syncPolicy?.automated ?? {};
    return prune === true && selfHeal === true && allowEmpty === false;
  },
  'it gives up some time': ({ spec: { syncPolicy } }) => {
    // A negative limit is none.
    const limit = syncPolicy?.retry?.limit ?? -1;
    return limit >= 0 && limit <= 10;
  },
};

/** Which Applications break which rule. */
export function faultsOf(of: Manifest[], repository: string): string[] {
  const known = projects(of);
  return applications(of).flatMap((application) => {
    const project = known.find(({ metadata }) => metadata.name === application.spec.project);
    return Object.entries(applicationRules)
      .filter(([, holds]) => !holds(application, project, repository))
      .map(([rule]) => `${nameOf(application)}: ${rule}`);
  });
}
