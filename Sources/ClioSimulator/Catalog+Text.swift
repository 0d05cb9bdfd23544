extension Catalog {
    /// Every schema that a list end point of the six kinds, of users or of practice areas can reach in one level, taken
    /// from Clio's OpenAPI document. `name:type` is a scalar (`i` integer, `d` decimal, `b` boolean, `s` text, `D` date,
    /// `T` instant, `S` list of texts, `a|b|` one of these), `name>Schema` an association, `name>>Schema` a list of them.
    static let text = #"""
        AccountBalance_base:
            id:i balance:d type:s name:s currency_id:i
        Account_base:
            id:i etag:s name:s state:s created_at:T updated_at:T
        Activity:
            id:i etag:s type:TimeEntry|ExpenseEntry|HardCostEntry|SoftCostEntry date:D quantity_in_hours:d
            rounded_quantity_in_hours:d quantity:d rounded_quantity:d quantity_redacted:b price:d note:s flat_rate:b
            billed:b on_bill:b total:d contingency_fee:b created_at:T updated_at:T reference:s non_billable:b
            non_billable_total:d no_charge:b tax_setting:no_tax|tax_1_only|tax_2_only|tax_1_and_tax_2
            currency>Currency_base activity_description>ActivityDescription_base expense_category>ExpenseCategory_base
            bill>Bill_base communication>Communication_base client_portal>ClientPortal_base matter>Matter_base
            matter_note>Note_base contact_note>Note_base subject>PolymorphicObject_base timer>Timer_base user>User_base
            utbms_expense>UtbmsCode_base vendor>Contact_base calendar_entry>Activity_CalendarEntry_base
            task>Activity_Task_base text_message_conversation>Activity_TextMessageConversation_base
            document_version>DocumentVersion_base legal_aid_uk_activity>LegalAidUkActivity_base
        ActivityDescription_base:
            id:i etag:s name:s visible_to_co_counsel:b created_at:T updated_at:T default:b type:s utbms_activity_id:i
            utbms_task_name:s utbms_task_id:i xero_service_code:s accessible_to_user:b category_type:s
            currency>Currency_base
        ActivityRate_base:
            id:i etag:s rate:d flat_rate:b created_at:T updated_at:T contact_id:i co_counsel_contact_id:i
        Activity_CalendarEntry_base:
            id:s etag:s calendar_owner_id:i
        Activity_Task_base:
            id:i etag:s
        Activity_TextMessageConversation_base:
            id:i etag:s
        Activity_base:
            id:i etag:s type:TimeEntry|ExpenseEntry|HardCostEntry|SoftCostEntry date:D quantity_in_hours:d
            rounded_quantity_in_hours:d quantity:d rounded_quantity:d quantity_redacted:b price:d note:s flat_rate:b
            billed:b on_bill:b total:d contingency_fee:b created_at:T updated_at:T reference:s non_billable:b
            non_billable_total:d no_charge:b tax_setting:no_tax|tax_1_only|tax_2_only|tax_1_and_tax_2
            currency>Currency_base
        Address_base:
            id:i etag:s street:s city:s province:s postal_code:s country:s name:Work|Home|Billing|Other created_at:T
            updated_at:T primary:b
        Attendee_base:
            id:i etag:s type:Contact|Calendar name:s enabled:b email:s created_at:T updated_at:T
        AttorneyAllocation_base:
            id:i etag:s account_id:i resource_id:i resource_type:s originating_attorney_allocation:d
            responsible_attorney_allocation:d created_at:T updated_at:T
        Avatar_base:
            id:i etag:s created_at:T updated_at:T url:s _destroy:b
        Bill_base:
            id:i etag:s number:s issued_at:D created_at:T due_at:D tax_rate:d secondary_tax_rate:d updated_at:T
            subject:s purchase_order:s type:MatterBill|ClientBill memo:s start_at:D end_at:D balance:d
            state:draft|awaiting_approval|awaiting_payment|paid|void|deleted
            kind:revenue_kind|summary_kind|trust_kind|aggregate_all|aggregate_split|aggregate_services total:d paid:d
            paid_at:T pending:d due:d discount_services_only:s can_update:b credits_issued:d shared:b last_sent_at:T
            services_secondary_tax:d services_sub_total:d services_tax:d services_taxable_sub_total:i
            services_secondary_taxable_sub_total:i taxable_sub_total:i secondary_taxable_sub_total:i sub_total:d
            tax_sum:d secondary_tax_sum:d total_tax:d available_state_transitions:S
        CalendarEntry:
            id:s etag:s summary:s description:s location:s start_at:T start_date:D start_time:s end_at:T end_date:D
            end_time:s all_day:b recurrence_rule:s parent_calendar_entry_id:i court_rule:b created_at:T updated_at:T
            permission:s calendar_owner_id:i start_at_time_zone:s time_entries_count:i time_entries>>Activity_base
            conference_meeting>ConferenceMeeting_base matter>Matter_base matter_docket>MatterDocket_base
            calendar_owner>Calendar_base parent_calendar_entry>CalendarEntry_base
            calendar_entry_event_type>CalendarEntryEventType_base attendees>>Attendee_base calendars>>Calendar_base
            reminders>>Reminder_base external_properties>>ExternalProperty_base
        CalendarEntryEventType_base:
            id:i etag:s created_at:T updated_at:T color:#367B9C|#FFA5A4|#83D17F|#FFAC7B|#8E3F64|#C75300 name:s
        CalendarEntry_base:
            id:s etag:s summary:s description:s location:s start_at:T start_date:D start_time:s end_at:T end_date:D
            end_time:s all_day:b recurrence_rule:s parent_calendar_entry_id:i court_rule:b created_at:T updated_at:T
            permission:s calendar_owner_id:i start_at_time_zone:s time_entries_count:i
        Calendar_base:
            id:i etag:s color:#367B9C|#FFA5A4|#83D17F|#FFAC7B|#8E3F64|#C75300
            light_color:#5DA5C7|#F95957|#209412|#FF7715|#DE649D|#FF6B02 court_rules_default_calendar:b name:s
            permission:owner|editor|viewer|limited_viewer|none type:AccountCalendar|AdhocCalendar|UserCalendar visible:b
            created_at:T updated_at:T source:web|mobile
        ClientPortal_base:
            id:i etag:s created_at:T updated_at:T unread_count:i unread_notifiable_count:i
        ClioCreator_base:
            account_owner:b clio_connect:b court_rules_default_attendee:b default_calendar_id:i email:s enabled:b etag:s
            id:i type:ManageUser|ClientUser initials:s first_name:s last_name:s name:s phone_number:s rate:d
            subscription_type:Attorney|NonAttorney time_zone:s roles:S created_at:T updated_at:T
        Communication_base:
            id:i etag:s subject:s body:s type:EmailCommunication|PhoneCommunication date:D time_entries_count:i
            created_at:T updated_at:T received_at:T
        ConferenceMeeting_base:
            conference_id:i conference_password:s created_at:T etag:s id:i join_url:s type:s source_id:i updated_at:T
        Contact:
            id:i etag:s name:s first_name:s middle_name:s last_name:s date_of_birth:D type:Company|Person created_at:T
            updated_at:T prefix:s title:s initials:s clio_connect_email:s locked_clio_connect_email:b
            client_connect_user_id:i primary_email_address:s secondary_email_address:s primary_phone_number:s
            secondary_phone_number:s ledes_client_id:s has_clio_for_clients_permission:b is_client:b
            is_clio_for_client_user:b is_co_counsel:b is_bill_recipient:b sales_tax_number:s currency>Currency_base
            activity_rates>>ActivityRate_base addresses>>Address_base custom_field_values>>CustomFieldValue
            custom_field_set_associations>>CustomFieldSetAssociation_base email_addresses>>EmailAddress_base
            instant_messengers>>InstantMessenger_base phone_numbers>>PhoneNumber_base web_sites>>WebSite_base
            notification_methods>>NotificationMethod_base account_balances>>AccountBalance_base
            related_contacts>>Contact_base kyc_field_values>>KycFieldValue_base primary_work_address>Address_base
            primary_address>Address_base secondary_address>Address_base company>Contact_base avatar>Avatar_base
            payment_profile>PaymentProfile_base folder>Folder_base co_counsel_rate>ActivityRate_base
            primary_web_site>WebSite_base legal_aid_uk_contact>LegalAidUkContact_base
        Contact_base:
            id:i etag:s name:s first_name:s middle_name:s last_name:s date_of_birth:D type:Company|Person created_at:T
            updated_at:T prefix:s title:s initials:s clio_connect_email:s locked_clio_connect_email:b
            client_connect_user_id:i primary_email_address:s secondary_email_address:s primary_phone_number:s
            secondary_phone_number:s ledes_client_id:s has_clio_for_clients_permission:b is_client:b
            is_clio_for_client_user:b is_co_counsel:b is_bill_recipient:b sales_tax_number:s currency>Currency_base
        ContingencyFee_base:
            id:i etag:s created_at:T updated_at:T show_contingency_award:b
        Currency_base:
            id:i etag:s code:s sign:s created_at:T updated_at:T
        CustomField:
            id:i etag:s created_at:T updated_at:T name:s parent_type:Contact|Matter
            field_type:checkbox|contact|currency|date|time|email|matter|numeric|picklist|text_area|text_line|url
            displayed:b deleted:b required:b display_order:i picklist_options>>PicklistOption_base
        CustomFieldMatterSelection_base:
            id:i display_number:s
        CustomFieldSetAssociation_base:
            id:i etag:s display_order:i created_at:T updated_at:T
        CustomFieldValue:
            id:s etag:s field_name:s created_at:T updated_at:T
            field_type:checkbox|contact|currency|date|time|email|matter|numeric|picklist|text_area|text_line|url
            field_required:b field_displayed:b field_display_order:i value:s soft_deleted:b custom_field>CustomField
            picklist_option>PicklistOption matter>CustomFieldMatterSelection_base contact>Contact_base
        Document:
            id:i etag:s created_at:T updated_at:T deleted_at:T type:Document| locked:b name:s received_at:T filename:s
            size:i content_type:s parent>LinkedFolder_base matter>Matter_base contact>Contact_base
            document_category>DocumentCategory_base creator>ClioCreator_base latest_document_version>DocumentVersion
            group>Group_base external_properties>>ExternalProperty_base
        DocumentCategory_base:
            id:i etag:s name:s created_at:T updated_at:T
        DocumentVersion:
            id:i document_id:i etag:s uuid:s created_at:T updated_at:T filename:s size:i version_number:i content_type:s
            received_at:T put_url:s fully_uploaded:b creator>ClioCreator_base put_headers>>MultipartHeader_base
            multiparts>>Multipart
        DocumentVersion_base:
            id:i document_id:i etag:s uuid:s created_at:T updated_at:T filename:s size:i version_number:i content_type:s
            received_at:T put_url:s fully_uploaded:b
        EmailAddress_base:
            id:i etag:s address:s name:s primary:b created_at:T updated_at:T
        EvergreenRetainer_base:
            id:i created_at:T updated_at:T etag:s minimum_threshold:d
        ExpenseCategory_base:
            id:i etag:s name:s rate:i entry_type:s created_at:T updated_at:T xero_expense_code:s accessible_to_user:b
            currency>Currency_base tax_setting:s
        ExternalProperty_base:
            id:i etag:s name:s value:s created_at:T updated_at:T
        Folder_base:
            id:i etag:s created_at:T updated_at:T deleted_at:T type:Folder| locked:b name:s root:b
        Group_base:
            client_connect_user:b etag:s id:i name:s type:UserGroup|AdhocGroup|AccountGroup|TeamGroup updated_at:T
        InstantMessenger_base:
            id:i etag:s address:s name:Work|Personal|Other created_at:T updated_at:T
        JobTitle_base:
            id:i etag:s name:s initials:s
        KycFieldValue_base:
            id:i etag:s field_name:s field_label:s created_at:T updated_at:T field_type:date|picklist|text field_value:s
            field_possible_values:S group:s
        LegalAidUkActivity_base:
            activity_sub_category:s advocacy:i base_rate:d bolt_ons:s bolt_ons_summary:s court:i eligible_for_sqm:b
            expert:i form_of_civil_legal_service:i id:i is_custom_rate:b json_key:s region:i tax_exclusive:b uplift:d
            user_type:i
        LegalAidUkContact_base:
            id:i disability:i disability_code:s ethnicity:i ethnicity_title:s financially_eligible:b gender:i
            gender_title:s national_insurance_number:s
        LegalAidUkMatter_base:
            access_point:s laa_office_number:s ait_hearing_centre:i
            attended_several_hearings_acting_for_multiple_clients:b bill_ho_ucn:s bill_number_of_attendances:i
            bill_outcome_for_the_client_code:i bill_stage_reached_code:i case_reference:s case_start_date:D category:i
            category_as_string:s certificate_effective_date:D certificate_expiration_date:D certificate_number:s
            certificate_scope:s certification_type:i change_of_solicitor:b client_equal_opportunity_monitoring:s
            client_type:i clr_start_date:D clr_total_profit_costs:s cost_limit:s counsel:i court:i court_id:i
            court_id_code:s created_at:T delivery_location:s dscc_number:s duty_solicitor:b etag:s
            exceptional_case_funding_reference:s expense_limit:s fee_scheme:i first_conducting_solicitor:b id:i
            irc_surgery:s legacy_case:s legal_representation_number:s lh_total_disbursements:s lh_start_date:s
            lh_total_profit_costs:s linked_matter_id:i local_authority_number:s maat_id:s matter_type:i
            matter_type_code:s matter_type_1:i matter_type_1_code:s matter_type_1_title:s matter_type_2:i
            matter_type_2_code:s matter_type_2_title:s matter_types_combined:s number_of_clients_seen_at_surgery:i
            number_of_clients:i party:i police_station:s post_transfer_clients_represented:i
            postal_application_accepted:s prior_authority_reference:s prison_id:i prison_law_prior_approval_number:s
            procurement_area:s region:i related_claims_number:s representation_order_date:D schedule_reference_number:s
            scheme_id:s session_type:i solicitor_type:i standard_fee_category:i
            surgery_clients_resulting_in_a_legal_help_matter_opened:i surgery_clients:i surgery_date:D transfer_date:D
            type_of_advice:i type_of_service:s ucn:s ufn:s undesignated_area_court:b updated_at:T user_type:i
            youth_court:b
        LinkedFolder_base:
            id:i etag:s created_at:T updated_at:T deleted_at:T type:Folder| locked:b name:s root:b
        Matter:
            id:i etag:s number:i display_number:s custom_number:s currency>Currency_base description:s
            status:Pending|Open|Closed location:s client_reference:s client_id:i billable:b maildrop_address:s
            billing_method:flat|contingency|hourly open_date:D close_date:D pending_date:D created_at:T updated_at:T
            shared:b has_tasks:b last_activity_date:D matter_stage_updated_at:T client>Contact_base
            contingency_fee>ContingencyFee_base custom_rate>MatterCustomRate evergreen_retainer>EvergreenRetainer_base
            folder>Folder_base group>Group_base matter_budget>MatterBudget_base matter_stage>MatterStage_base
            originating_attorney>User_base practice_area>PracticeArea_base responsible_attorney>User_base
            responsible_staff>User_base statute_of_limitations>Task_base user>User_base
            legal_aid_uk_matter>LegalAidUkMatter_base attorney_allocation>AttorneyAllocation_base
            account_balances>>AccountBalance_base custom_field_values>>CustomFieldValue
            custom_field_set_associations>>CustomFieldSetAssociation_base matter_bill_recipients>>MatterBillRecipient
            relationships>>Relationship_base task_template_list_instances>>TaskTemplateListInstace_base
            kyc_field_values>>KycFieldValue_base split_invoice_payers>>SplitInvoicePayer_base
        MatterBillRecipient:
            created_at:T etag:s id:i updated_at:T recipient>Contact_base
        MatterBudget_base:
            id:i etag:s budget:d include_expenses:b notification_threshold:i notify_users:b created_at:T updated_at:T
        MatterCustomRate:
            type:FlatRate|HourlyRate|ContingencyFee on_invoice:b rates>>PolymorphicCustomRate
        MatterDocket_base:
            id:i etag:s name:s start_date:D start_time:T status:s created_at:T updated_at:T deleted_at:T
        MatterStage_base:
            id:i etag:s practice_area_id:s name:s order:i created_at:T updated_at:T
        Matter_base:
            id:i etag:s number:i display_number:s custom_number:s currency>Currency_base description:s
            status:Pending|Open|Closed location:s client_reference:s client_id:i billable:b maildrop_address:s
            billing_method:flat|contingency|hourly open_date:D close_date:D pending_date:D created_at:T updated_at:T
            shared:b has_tasks:b last_activity_date:D matter_stage_updated_at:T
        Multipart:
            part_number:i put_url:s put_headers>>MultipartHeader_base
        MultipartHeader_base:
            name:s value:s
        Note_base:
            id:i etag:s type:Matter|Contact subject:s detail:s detail_text_type:plain_text|rich_text date:D created_at:T
            updated_at:T time_entries_count:i
        NotificationMethod_base:
            id:i etag:s type:Email|Popup|SMS email_address:s is_default_email_address:b created_at:T updated_at:T
        Participant:
            id:i etag:s created_at:T updated_at:T type:Person|Company|User identifier:s secondary_identifier:s enabled:b
            name:s initials:s job_title_name:s avatar>Avatar_base
        PaymentProfile_base:
            id:i etag:s created_at:T updated_at:T billing_setting_id:i name:s terms:i discount_rate:d discount_period:i
            interest_rate:d interest_period:i interest_type:simple|compound
        PhoneNumber_base:
            id:i etag:s number:s name:Work|Personal|Other primary:b created_at:T updated_at:T
        PicklistOption:
            id:i etag:s created_at:T updated_at:T option:s deleted_at:T
        PicklistOption_base:
            id:i etag:s created_at:T updated_at:T option:s deleted_at:T
        PolymorphicCustomRate:
            id:i etag:s created_at:T updated_at:T rate:d award:d note:s date:D user>PolymorphicCustomRate_User_base
            group>PolymorphicCustomRate_Group_base activity_description>PolymorphicCustomRate_ActivityDescription_base
        PolymorphicCustomRate_ActivityDescription_base:
            id:i etag:s name:s
        PolymorphicCustomRate_Group_base:
            etag:s id:i name:s
        PolymorphicCustomRate_User_base:
            enabled:b etag:s id:i name:s
        PolymorphicObject_base:
            id:i type:Task|CalendarEntry|MatterNote|ContactNote|Matter|Contact|User|CreditMemo|Payment|Document
            identifier:s secondary_identifier:s tertiary_identifier:s
        PracticeArea:
            id:i etag:s created_at:T updated_at:T name:s
            category:civil_litigation|criminal|family|personal_injury|real_estate|tax|immigration code:s
        PracticeArea_base:
            id:i etag:s created_at:T updated_at:T name:s
            category:civil_litigation|criminal|family|personal_injury|real_estate|tax|immigration code:s
        Relationship_base:
            id:i etag:s description:s created_at:T updated_at:T
        Reminder_base:
            id:i etag:s duration:i next_delivery_at:T
            state:initializing|scheduling|rescheduling|scheduled|attempting_delivery|delivery_failed|delivered
            created_at:T updated_at:T
        SplitInvoicePayer_base:
            id:i contact_id:i matter_id:i send_to_bill_recipients:b split_portion:d etag:s created_at:T updated_at:T
        Task:
            id:i etag:s name:s status:pending|in_progress|in_review|complete|draft description:s
            description_text_type:plain_text|rich_text priority:High|Normal|Low due_at:D permission:s completed_at:T
            notify_completion:b statute_of_limitations:b time_estimated:i created_at:T updated_at:T time_entries_count:i
            time_entries>>Activity_base task_type>TaskType_base assigner>User_base matter>Matter_base
            assignee>Participant reminders>>Reminder_base
        TaskTemplateListInstace_base:
            id:i etag:s created_at:T updated_at:T
        TaskType_base:
            id:i etag:s name:s deleted_at:T created_at:T updated_at:T
        Task_base:
            id:i etag:s name:s status:pending|in_progress|in_review|complete|draft description:s
            description_text_type:plain_text|rich_text priority:High|Normal|Low due_at:D permission:s completed_at:T
            notify_completion:b statute_of_limitations:b time_estimated:i created_at:T updated_at:T time_entries_count:i
        Timer_base:
            id:i etag:s start_time:T elapsed_time:d created_at:T updated_at:T
        User:
            account_owner:b clio_connect:b court_rules_default_attendee:b created_at:T default_calendar_id:i email:s
            enabled:b etag:s first_name:s id:i initials:s last_name:s name:s phone_number:s rate:d roles:S
            subscription_type:Attorney|NonAttorney time_zone:s updated_at:T
            default_activity_description>ActivityDescription_base notification_methods>>NotificationMethod_base
            account>Account_base avatar>Avatar_base contact>Contact_base job_title>JobTitle_base groups>>Group_base
        User_base:
            account_owner:b clio_connect:b court_rules_default_attendee:b created_at:T default_calendar_id:i email:s
            enabled:b etag:s first_name:s id:i initials:s last_name:s name:s phone_number:s rate:d roles:S
            subscription_type:Attorney|NonAttorney time_zone:s updated_at:T
        UtbmsCode_base:
            id:i etag:s name:s code:s description:s type:UtbmsTask|UtbmsExpense|UtbmsActivity utbms_set_id:i
            created_at:T updated_at:T
        WebSite_base:
            id:i etag:s address:s name:Work|Personal|Twitter|Facebook|LinkedIn|Other default_web_site:b created_at:T
            updated_at:T
        """#
}
