import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
import { FlowError } from '../../shared/errors.ts';
import type { SecureParameterRow } from '../ports/security.ts';
import type { HttpParts } from './parts.ts';
import { credentialStanding } from './present-material.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function secureParameterRoutes({
  secureParameters,
}: Pick<HttpParts, 'secureParameters'>): Pick<
  Handlers,
  'listSecureParameters' | 'createSecureParameter' | 'saveSecureParameter' | 'deleteSecureParameter'
> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'Secure Parameter', id });

  return {
    listSecureParameters: async () => ({ items: (await secureParameters.list()).map(present), nextCursor: null }),

    createSecureParameter: async ({ body, request }) => present(await secureParameters.create(body, nameOf(visitorOf(request)))),

    async saveSecureParameter({ params: { name }, body, request }) {
      const saved = await secureParameters.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      return present(saved);
    },

    async deleteSecureParameter({ params: { name } }) {
      if (!(await secureParameters.remove(name))) throw missing(name);
      return null;
    },
  };
}

function present(parameter: SecureParameterRow): SecureParameterView {
  return {
    name: parameter.name,
    description: parameter.description,
    allowedHosts: parameter.allowedHosts,
    ...credentialStanding(parameter),
    deployedAt: parameter.deployedAt.toISOString(),
    deployedBy: parameter.deployedBy,
    usedBy: parameter.usedBy,
  };
}
