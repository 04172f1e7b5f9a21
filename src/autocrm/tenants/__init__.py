"""Floor 1b: tenants, their plans, limits, features and placement, and the database backend that keeps them apart.

Owns the `Tenant` rows and the catalogue guard. Offers `selectors.find_tenant_by_host`, `services.create_tenant`,
limits that raise LimitReached, and the backend `autocrm.tenants.postgresql`.
"""
