"""What `cdk` runs: one stage per environment of infra/config.py, or only the one named by `-c environment=<name>`."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.config import environments
from infra.stage import Segue

app = App()
for environment in environments(app.node.try_get_context):
    Segue(app, environment.name, config=environment)
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
