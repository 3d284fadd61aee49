"""Every AWS operation that the collector calls, and what it keeps of the answer.

The rest of an answer is dropped before anything else sees it: instructions and prompts, the values of environment
variables, credentials in URLs, descriptions. So neither the inventory nor a checkpoint can hold what is not named
here.

Paths are separated by spaces and lead through lists; of a listing they start at its items. ``path|form`` keeps a part
in another form (:data:`segrego.collect.aws.answers.FORMS`), and an empty text keeps only that the call was answered.
"""

from __future__ import annotations

__all__ = ["OPERATIONS", "PREFIXES", "kept"]

PREFIXES = {
    "account": "account",
    "bedrock": "bedrock",
    "bedrock-agent": "bedrock",
    "bedrock-agentcore": "bedrock-agentcore",
    "bedrock-agentcore-control": "bedrock-agentcore",
    "cloudtrail": "cloudtrail",
    "iam": "iam",
    "lambda": "lambda",
    "organizations": "organizations",
    "secretsmanager": "secretsmanager",
    "sts": "sts",
}
"""boto3's service name to the prefix of its IAM actions (Service Authorization Reference)."""

_AGENT = """agentResourceRoleArn agentStatus createdAt foundationModel idleSessionTTLInSeconds agentCollaboration
    guardrailConfiguration.guardrailIdentifier promptOverrideConfiguration.overrideLambda
    promptOverrideConfiguration.promptConfigurations.foundationModel"""
_DATA_SOURCE = """dataSourceConfiguration|addresses vectorIngestionConfiguration.parsingConfiguration|models
    vectorIngestionConfiguration.contextEnrichmentConfiguration|models
    vectorIngestionConfiguration.customTransformationConfiguration.intermediateStorage|addresses
    vectorIngestionConfiguration.customTransformationConfiguration.transformations|functions"""
_KNOWLEDGE_BASE = """roleArn status createdAt storageConfiguration|addresses
    knowledgeBaseConfiguration.vectorKnowledgeBaseConfiguration.embeddingModelArn
    knowledgeBaseConfiguration.vectorKnowledgeBaseConfiguration.supplementalDataStorageConfiguration|addresses
    knowledgeBaseConfiguration.managedKnowledgeBaseConfiguration.embeddingModelArn
    knowledgeBaseConfiguration.managedKnowledgeBaseConfiguration.supplementalDataStorageConfiguration|addresses
    knowledgeBaseConfiguration.kendraKnowledgeBaseConfiguration|addresses
    knowledgeBaseConfiguration.sqlKnowledgeBaseConfiguration|addresses"""
_ARTIFACT = """containerConfiguration.containerUri codeConfiguration.code.s3.bucket codeConfiguration.code.s3.prefix"""
_LIFECYCLE = "lifecycleConfiguration.idleRuntimeSessionTimeout lifecycleConfiguration.maxLifetime"
_HOOKS = " ".join(
    f"hooks.{moment}.target.lambda.arn"
    for moment in ("beforeInvocation", "afterInvocation", "beforeToolCall", "afterToolCall")
)
_HARNESS_TOOL = """type name config.remoteMcp.url|url config.agentCoreBrowser.browserArn
    config.agentCoreGateway.gatewayArn config.agentCoreGateway.outboundAuth.oauth.providerArn
    config.agentCoreCodeInterpreter.codeInterpreterArn"""
_HARNESS_MODEL = "bedrockModelConfig.modelId " + " ".join(
    f"{model}.modelId {model}.apiKeyArn" for model in ("openAiModelConfig", "geminiModelConfig", "liteLlmModelConfig")
)
_TARGET = """mcp.lambda.lambdaArn mcp.lambda.toolSchema.inlinePayload|tools mcp.openApiSchema.inlinePayload|openapi
    mcp.smithyModel|present mcp.mcpServer.endpoint|url mcp.mcpServer.mcpToolSchema.inlinePayload|tools
    mcp.apiGateway.restApiId mcp.apiGateway.stage mcp.apiGateway.apiGatewayToolConfiguration|routes
    mcp.connector.source.connectorId http.agentcoreRuntime.arn http.passthrough.endpoint|url
    http.passthrough.schema.source.inlinePayload|openapi http.connector.source.connectorId
    inference.connector.source.connectorId inference.provider.endpoint|url"""
_FUNCTION = """FunctionArn Role Version State PackageType Environment.Variables|names Environment.Error.ErrorCode
    Layers.Arn"""
_SELECTORS = """AdvancedEventSelectors.FieldSelectors.Field AdvancedEventSelectors.FieldSelectors.Equals
    AdvancedEventSelectors.FieldSelectors.NotEquals AdvancedEventSelectors.FieldSelectors.StartsWith
    AdvancedEventSelectors.FieldSelectors.NotStartsWith AdvancedEventSelectors.FieldSelectors.EndsWith
    AdvancedEventSelectors.FieldSelectors.NotEndsWith"""


def _under(prefix: str, paths: str) -> str:
    return " ".join(f"{prefix}.{path}" for path in paths.split())


OPERATIONS: dict[str, dict[str, str]] = {
    "account": {
        "ListRegions": "RegionName",
    },
    "bedrock": {
        "GetEvaluationJob": "roleArn status creationTime",
        "GetMarketplaceModelEndpoint": _under(
            "marketplaceModelEndpoint", "endpointConfig.sageMaker.executionRole endpointStatus createdAt"
        ),
        "GetModelCustomizationJob": "roleArn status creationTime",
        "GetModelImportJob": "roleArn status creationTime",
        "GetModelInvocationLoggingConfiguration": _under(
            "loggingConfig",
            """cloudWatchConfig.roleArn s3Config|present textDataDeliveryEnabled imageDataDeliveryEnabled
            embeddingDataDeliveryEnabled videoDataDeliveryEnabled audioDataDeliveryEnabled""",
        ),
        "ListEvaluationJobs": "jobArn jobName",
        "ListMarketplaceModelEndpoints": "endpointArn",
        "ListModelCustomizationJobs": "jobArn jobName",
        "ListModelImportJobs": "jobArn jobName",
        "ListModelInvocationJobs": "jobArn jobName roleArn status submitTime",
    },
    "bedrock-agent": {
        "GetAgent": _under("agent", f"{_AGENT} customOrchestration.executor.lambda"),
        "GetAgentActionGroup": _under(
            "agentActionGroup",
            """parentActionSignature actionGroupExecutor.lambda actionGroupExecutor.customControl
            apiSchema.payload|openapi functionSchema.functions.name functionSchema.functions.requireConfirmation""",
        ),
        "GetAgentVersion": _under("agentVersion", _AGENT),
        "GetDataSource": _under("dataSource", _DATA_SOURCE),
        "GetFlow": "executionRoleArn status createdAt definition|flow",
        "GetFlowVersion": "executionRoleArn definition|flow",
        "GetKnowledgeBase": _under("knowledgeBase", _KNOWLEDGE_BASE),
        "GetPrompt": "variants.modelId variants.genAiResource.agent.agentIdentifier",
        "GetResourcePolicy": "policy",
        "ListAgentActionGroups": "actionGroupId actionGroupName actionGroupState",
        "ListAgentAliases": "agentAliasName routingConfiguration.agentVersion",
        "ListAgentCollaborators": "agentDescriptor.aliasArn",
        "ListAgentKnowledgeBases": "knowledgeBaseId knowledgeBaseState",
        "ListAgents": "agentId agentName agentStatus",
        "ListDataSources": "dataSourceId",
        "ListFlowAliases": "name routingConfiguration.flowVersion",
        "ListFlows": "id name status",
        "ListKnowledgeBases": "knowledgeBaseId name status",
        "ListTagsForResource": "tags",
    },
    "bedrock-agentcore": {
        "GetABTest": "roleArn status createdAt gatewayArn",
        "ListABTests": "abTestId abTestArn name",
    },
    "bedrock-agentcore-control": {
        "GetAgentRuntime": f"""agentRuntimeVersion agentRuntimeName roleArn status createdAt {_LIFECYCLE}
            {_under("agentRuntimeArtifact", _ARTIFACT)} environmentVariables|names authorizerConfiguration|present
            workloadIdentityDetails.workloadIdentityArn filesystemConfigurations|addresses""",
        "GetApiKeyCredentialProvider": "apiKeySecretArn.secretArn",
        "GetBrowser": "name executionRoleArn status createdAt recording.s3Location.bucket "
        "filesystemConfigurations|addresses",
        "GetCapacityProvider": "name permissionsConfiguration.capacityProviderOperatorRoleArn status createdAt",
        "GetCodeInterpreter": "name executionRoleArn status createdAt filesystemConfigurations|addresses",
        "GetConsentPortal": "name executionRoleArn status createdAt sources.identifier",
        "GetEvaluator": _under("evaluatorConfig", "codeBased.lambdaConfig.lambdaArn llmAsAJudge|models derived|models"),
        "GetGateway": """name roleArn status createdAt authorizerType interceptorConfigurations.interceptor.lambda.arn
            customTransformConfiguration.lambda.arn policyEngineConfiguration.arn policyEngineConfiguration.mode
            workloadIdentityDetails.workloadIdentityArn""",
        "GetGatewayTarget": f"""{_under("targetConfiguration", _TARGET)} {
            _under(
                "credentialProviderConfigurations.credentialProvider",
                "oauthCredentialProvider.providerArn apiKeyCredentialProvider.providerArn",
            )
        }""",
        "GetHarness": _under(
            "harness",
            f"""harnessName harnessVersion executionRoleArn status createdAt {_HOOKS} environmentVariables|names
            {_under("tools", _HARNESS_TOOL)} {_under("model", _HARNESS_MODEL)} skills.s3.uri
            skills.git.auth.credentialArn memory.agentCoreMemoryConfiguration.arn memory.managedMemoryConfiguration.arn
            environment.agentCoreRuntimeEnvironment.agentRuntimeArn authorizerConfiguration|present
            {_under("environment.agentCoreRuntimeEnvironment", f"{_LIFECYCLE} filesystemConfigurations|addresses")}
            environmentArtifact.containerConfiguration.containerUri""",
        ),
        "GetMemory": _under(
            "memory",
            """name memoryExecutionRoleArn status createdAt streamDeliveryResources|addresses
            strategies.configuration.selfManagedConfiguration.invocationConfiguration""",
        ),
        "GetOauth2CredentialProvider": "clientSecretArn.secretArn",
        "GetOnlineEvaluationConfig": "onlineEvaluationConfigName evaluationExecutionRoleArn status createdAt "
        "evaluators.evaluatorId",
        "GetPaymentCredentialProvider": "providerConfigurationOutput|secrets",
        "GetPaymentManager": "name roleArn status createdAt authorizerType workloadIdentityDetails.workloadIdentityArn",
        "GetRegistryRecord": "name status createdAt synchronizationConfiguration.fromUrl"
        ".credentialProviderConfigurations.credentialProvider.iamCredentialProvider.roleArn",
        "GetResourcePolicy": "policy",
        "ListAgentRuntimeEndpoints": "name liveVersion targetVersion agentRuntimeEndpointArn",
        "ListAgentRuntimes": "agentRuntimeId agentRuntimeArn agentRuntimeName status",
        "ListApiKeyCredentialProviders": "name credentialProviderArn createdTime",
        "ListBrowsers": "browserId browserArn name status",
        "ListCapacityProviders": "capacityProviderId capacityProviderArn name status",
        "ListCodeInterpreters": "codeInterpreterId codeInterpreterArn name status",
        "ListConsentPortals": "consentPortalId consentPortalArn name status",
        "ListGatewayTargets": "targetId name",
        "ListGateways": "gatewayId name status",
        "ListHarnessEndpoints": "endpointName liveVersion targetVersion",
        "ListHarnesses": "harnessId arn harnessName status",
        "ListMemories": "id arn status",
        "ListOauth2CredentialProviders": "name credentialProviderArn createdTime",
        "ListOnlineEvaluationConfigs": "onlineEvaluationConfigId onlineEvaluationConfigArn onlineEvaluationConfigName",
        "ListPaymentCredentialProviders": "name credentialProviderArn createdTime",
        "ListPaymentManagers": "paymentManagerId paymentManagerArn name status",
        "ListRegistries": "registryId name",
        "ListRegistryRecords": "recordId recordArn name status",
        "ListTagsForResource": "tags",
        "ListWorkloadIdentities": "name workloadIdentityArn",
    },
    "cloudtrail": {
        "DescribeTrails": _under("trailList", "TrailARN HomeRegion"),
        "GetEventDataStore": f"Status MultiRegionEnabled OrganizationEnabled {_SELECTORS}",
        "GetEventSelectors": f"{_SELECTORS} EventSelectors.ReadWriteType EventSelectors.DataResources",
        "GetTrailStatus": "IsLogging",
        "ListEventDataStores": _under("EventDataStores", "EventDataStoreArn") + " NextToken",
    },
    "iam": {
        "GenerateServiceLastAccessedDetails": "JobId",
        "GetPolicy": "Policy.DefaultVersionId",
        "GetPolicyVersion": "PolicyVersion.Document",
        "GetRole": _under(
            "Role",
            """Arn CreateDate AssumeRolePolicyDocument MaxSessionDuration PermissionsBoundary.PermissionsBoundaryArn
            RoleLastUsed|last_used Tags""",
        ),
        "GetRolePolicy": "PolicyDocument",
        "GetServiceLastAccessedDetails": "JobStatus IsTruncated Marker ServicesLastAccessed.ServiceNamespace "
        "ServicesLastAccessed.LastAuthenticated",
        "ListAttachedRolePolicies": "PolicyArn PolicyName",
        "ListRolePolicies": "",
        "ListRoles": "Arn AssumeRolePolicyDocument",
    },
    "lambda": {
        "GetFunction": "Code.ImageUri",
        "GetFunctionConfiguration": _FUNCTION,
        "GetPolicy": "Policy",
        "ListFunctions": _FUNCTION,
        "ListTags": "Tags",
    },
    "organizations": {
        "DescribeOrganization": _under("Organization", "Id MasterAccountId"),
        "DescribePolicy": "Policy.Content",
        "ListAccounts": "Id Name Status State",
        "ListParents": "Id Type",
        "ListPolicies": "Id Arn Name",
        "ListRoots": "Id PolicyTypes",
        "ListTagsForResource": "Key Value",
        "ListTargetsForPolicy": "TargetId",
    },
    "secretsmanager": {
        "DescribeSecret": "Name RotationEnabled RotationRules CreatedDate LastChangedDate LastRotatedDate",
    },
    "sts": {
        "AssumeRole": "",
        "GetCallerIdentity": "Account Arn",
    },
}
"""boto3's service name to the operations of it that are called, and to what is kept of the answers. All of them read,
but for AssumeRole, which takes the role that reads another account."""


def kept(service: str, operation: str) -> str:
    """What is kept of an operation's answer. Raises :class:`LookupError` for one that is not in the table."""
    try:
        return OPERATIONS[service][operation]
    except KeyError:
        raise LookupError(f"{service}:{operation} is not in the table of calls") from None
