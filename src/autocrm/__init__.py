"""AutoCRM: a CRM and business-automation platform, many tenants in one installation."""
