extension Catalog {
    /// The schemas of the other lists, in the same notation: names behind ids, notes and communications, bills and accounts.
    static let ledgers = #"""
        ActivityDescription:
            id:i etag:s name:s visible_to_co_counsel:b created_at:T updated_at:T default:b type:s
            utbms_activity_id:i utbms_task_name:s utbms_task_id:i xero_service_code:s accessible_to_user:b
            category_type:s currency>Currency_base groups>>Group_base rate>ActivityDescriptionRate_base
            utbms_task>UtbmsCode_base utbms_activity>UtbmsCode_base
        ActivityDescriptionRate_base:
            amount:d non_billable_amount:d type:User|FlatRate|Custom
            hierarchy:Default|Activity|Matter|Client
        Allocation:
            id:i etag:s date:D amount:d interest:b voided_at:T created_at:T updated_at:T description:s
            has_online_payment:b destroyable:b payment_type:s bill>Bill_base
            source_bank_account>BankAccount_base destination_bank_account>BankAccount_base
            matter>Matter_base contact>Contact_base parent>PolymorphicObject_base
        Allocation_base:
            id:i etag:s date:D amount:d interest:b voided_at:T created_at:T updated_at:T description:s
            has_online_payment:b destroyable:b payment_type:s
        Balance_base:
            id:i amount:d type:Matter|Client interest_amount:d due:d
        BankAccount:
            account_number:s balance:d bank_transactions_count:i clio_payment_page_link:s
            clio_payment_page_qr_code:s clio_payments_enabled:b controlled_account:b created_at:T currency:s
            currency_symbol:s currency_id:d default_account:b domicile_branch:s etag:s
            general_ledger_number:s holder:s id:i institution:s name:s swift:s transit_number:s
            type:Operating|Trust updated_at:T user>User_base
        BankAccount_base:
            account_number:s balance:d bank_transactions_count:i clio_payment_page_link:s
            clio_payment_page_qr_code:s clio_payments_enabled:b controlled_account:b created_at:T currency:s
            currency_symbol:s currency_id:d default_account:b domicile_branch:s etag:s
            general_ledger_number:s holder:s id:i institution:s name:s swift:s transit_number:s
            type:Operating|Trust updated_at:T
        BankTransaction:
            id:i type:s etag:s created_at:T updated_at:T bank_account_id:i source:s confirmation:s date:D
            amount:d currency:s currency_id:i description:s exchange_rate:d transaction_type:s funds_in:d
            funds_out:d clio_payments_transaction:b current_account_balance:d read_only_confirmation:b
            client>Contact_base matter>Matter_base bank_account>BankAccount_base bill>Bill_base
            allocation>Allocation_base
        Bill:
            id:i etag:s number:s issued_at:D created_at:T due_at:D tax_rate:d secondary_tax_rate:d
            updated_at:T subject:s purchase_order:s type:MatterBill|ClientBill memo:s start_at:D end_at:D
            balance:d state:draft|awaiting_approval|awaiting_payment|paid|void|deleted
            kind:revenue_kind|summary_kind|trust_kind|aggregate_all|aggregate_split|aggregate_services
            total:d paid:d paid_at:T pending:d due:d discount_services_only:s can_update:b credits_issued:d
            shared:b last_sent_at:T services_secondary_tax:d services_sub_total:d services_tax:d
            services_taxable_sub_total:i services_secondary_taxable_sub_total:i taxable_sub_total:i
            secondary_taxable_sub_total:i sub_total:d tax_sum:d secondary_tax_sum:d total_tax:d
            available_state_transitions:S user>User_base client>Contact_base discount>Discount_base
            interest>Interest_base matters>>Matter_base group>Group_base bill_theme>BillTheme_base
            original_bill>Bill_base destination_account>BankAccount_base balances>>Balance_base
            matter_totals>>MatterBalance_base currency>Currency_base billing_setting>BillingSetting_base
            client_addresses>>Address_base legal_aid_uk_bill>LegalAidUkBill_base
            split_invoice>SplitInvoice_base
        BillTheme_base:
            id:i etag:s created_at:T updated_at:T account_id:i default:b name:s config:s
        BillingSetting_base:
            id:i etag:s rounded_duration:d rounding:i use_decimal_rounding:b currency:s currency_sign:s
            tax_rate:d tax_name:s apply_tax_by_default:b apply_secondary_tax_by_default:b
            time_on_flat_rate_contingency_matters_is_non_billable:b use_secondary_tax:b secondary_tax_rate:d
            secondary_tax_rule:Pre|Post secondary_tax_name:s notify_after_bill_created:b use_utbms_codes:b
            created_at:T updated_at:T multi_currency_billing:b billing_currencies:S
        Calendar:
            id:i etag:s color:#367B9C|#FFA5A4|#83D17F|#FFAC7B|#8E3F64|#C75300
            light_color:#5DA5C7|#F95957|#209412|#FF7715|#DE649D|#FF6B02 court_rules_default_calendar:b
            name:s permission:owner|editor|viewer|limited_viewer|none
            type:AccountCalendar|AdhocCalendar|UserCalendar visible:b created_at:T updated_at:T
            source:web|mobile creator>User_base
        Communication:
            id:i etag:s subject:s body:s type:EmailCommunication|PhoneCommunication date:D
            time_entries_count:i created_at:T updated_at:T received_at:T user>User_base matter>Matter_base
            communication_eml_file>CommunicationEmlFile_base senders>>Participant receivers>>Participant
            external_properties>>ExternalProperty_base time_entries>>Activity_base documents>>Document_base
            notification_event_subscribers>>NotificationEventSubscriber_base
        CommunicationEmlFile_base:
            id:i
        CreditMemo:
            id:i etag:s date:D amount:d description:s discount:b voided_at:T created_at:T updated_at:T
            user>User_base contact>Contact_base allocations>>Allocation_base
        CustomFieldSet:
            id:i etag:s name:s parent_type:Contact|Matter displayed:b created_at:T updated_at:T
            custom_fields>>CustomField_base
        CustomField_base:
            id:i etag:s created_at:T updated_at:T name:s parent_type:Contact|Matter
            field_type:checkbox|contact|currency|date|time|email displayed:b deleted:b required:b
            display_order:i
        Discount_base:
            rate:d type:percentage|money note:s early_payment_rate:i early_payment_period:i
        DocumentCategory:
            id:i etag:s name:s created_at:T updated_at:T
        Document_base:
            id:i etag:s created_at:T updated_at:T deleted_at:T type:Document|Document locked:b name:s
            received_at:T filename:s size:i content_type:s
        Folder:
            id:i etag:s created_at:T updated_at:T deleted_at:T type:Folder|Folder locked:b name:s root:b
            parent>LinkedFolder_base matter>Matter_base contact>Contact_base
            document_category>DocumentCategory_base creator>ClioCreator_base
            latest_document_version>DocumentVersion_base group>Group_base
            external_properties>>ExternalProperty_base
        Group:
            client_connect_user:b etag:s id:i name:s type:UserGroup|AdhocGroup|AccountGroup|TeamGroup
            updated_at:T users>>User_base
        Interest_base:
            balance:d period:i rate:d total:d type:simple|compound
        LegalAidUkBill_base:
            additional_travel_payment:b adjourned_hearing_fee:s advocacy_costs:d advice_time:i bill_type:i
            case_concluded:D case_stage_level:i cla_exemption_code:s cla_reference:s cmrh_oral:i
            cmrh_telephone:i cost_of_counsel:s costs_are_those_of:i court_location:s date_of_claim:D
            designated_accredited_representative:i detention_travel_and_waiting_costs:s disbursements_vat:d
            exceptional_case_funding_reference:s exemption_criteria_satisfied:i fee_code:s follow_on_work:i
            ho_interview:i ho_ucn:i id:i independent_medical_reports_claimed:s jr_form_filling:s maat_id:s
            meetings_attended:i mht_ref_no:s net_disbursements:d net_profit_costs:d
            niat_disbursement_prior_authority_number:s number_of_attendances:i outcome_for_the_client:i
            profit_costs_ex_vat:i prior_authority_reference:s representation_order_date:D stage_reached:i
            substantive_hearing:i travel_and_waiting_costs:d travel_time:i value_of_costs:s waiting_time:i
        LineItem:
            id:i etag:s type:ActivityLineItem|LineItem|NoChargeLineItem|SummaryLineItem description:s date:D
            price:d taxable:b kind:Service|Expense note:s secondary_taxable:b total:d tax:d secondary_tax:d
            sub_total:d quantity:d group_ordering:i created_at:T updated_at:T bill>Bill_base
            activity>Activity_base matter>Matter_base user>User_base discount>Discount_base
            included_line_item_totals>LineItemTotals_base
        LineItemTotals_base:
            quantity:d price:d discount_percent:d total:d sub_total:d
        LogEntry:
            id:i etag:s
            type:MatterLogEntry|ContactLogEntry|DocumentLogEntry|CalendarEntryLogEntry|NoteLogEntry|CommunicationLogEntry
            accessed_at:T created_at:T updated_at:T item>PolymorphicObject_base user>User_base
        MatterBalance_base:
            id:i amount:d
        MatterStage:
            id:i etag:s practice_area_id:s name:s order:i created_at:T updated_at:T
        Note:
            id:i etag:s type:Matter|Contact subject:s detail:s detail_text_type:plain_text|rich_text date:D
            created_at:T updated_at:T time_entries_count:i matter>Matter_base contact>Contact_base
            author>User_base time_entries>>Activity_base
            notification_event_subscribers>>NotificationEventSubscriber_base
        NotificationEventSubscriber_base:
            id:i etag:s user_id:i name:s created_at:T updated_at:T
        OutstandingClientBalance:
            associated_matter_ids:S etag:s id:i last_payment_date:D last_shared_date:D
            newest_issued_bill_due_date:D pending_payments_total:d reminders_enabled:b
            total_outstanding_balance:d created_at:T updated_at:T outstanding_bills>>Bill_base
            contact>Contact_base currency>Currency_base
        Relationship:
            id:i etag:s description:s created_at:T updated_at:T matter>Matter_base contact>Contact_base
        SplitInvoice_base:
            id:i bill_id:i linked_invoices_display_numbers:S linked_invoices_ids:S split_connection_id:s
            split_portion:d etag:s created_at:T updated_at:T
        TaskType:
            id:i etag:s name:s deleted_at:T created_at:T updated_at:T
        TrustLineItem:
            id:i etag:s date:D total:d note:s created_at:T updated_at:T bill>Bill_base matter>Matter_base
            client>Contact_base
        """#
}
