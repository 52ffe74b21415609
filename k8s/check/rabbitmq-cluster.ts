import type { IIoK8sApimachineryPkgApisMetaV1ObjectMeta } from '@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';

/** What we use of the RabbitMQ cluster operator's object, for which there is no package of types. */
export interface IRabbitmqCluster {
  apiVersion: 'rabbitmq.com/v1beta1';
  kind: 'RabbitmqCluster';
  metadata: IIoK8sApimachineryPkgApisMetaV1ObjectMeta;
  spec: {
    replicas: number;
    image: string;
    service: { type: 'ClusterIP' | 'LoadBalancer' | 'NodePort' };
    persistence: { storageClassName?: string; storage: string };
    resources: IResourceRequirements;
    rabbitmq: { additionalConfig?: string; additionalPlugins?: string[] };
    override?: { statefulSet?: { spec?: { template?: { spec?: IPodSpec } } } };
  };
}
